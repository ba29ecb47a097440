import { momentOf } from "./moment";
import { hrefOf, parseRoute, type Route } from "./route";

type Params = Record<string, string | undefined>;

class Router {
  route: Route = $state(parseRoute(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => (this.route = parseRoute(location.hash)));
  }

  go(page: string, subject = "", params: Params = {}): void {
    location.hash = linkTo(page, subject, params);
  }

  // Changes parameters of the page without a step back to what was before, as filters do.
  set(params: Params): void {
    const { page, subject, params: old } = this.route;
    history.replaceState(null, "", hrefOf(page, subject, { ...old, ...params }));
    this.route = parseRoute(location.hash);
  }
}

export const router = new Router();

// The address of a page at the moment that is shown.
export function linkTo(page: string, subject = "", params: Params = {}): string {
  const at = router.route.params["at"];
  return hrefOf(page, subject, { ...params, at: momentOf(at) === undefined ? undefined : at });
}
