import { hrefOf, parseRoute, type Route } from "./route";

class Router {
  route: Route = $state(parseRoute(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => (this.route = parseRoute(location.hash)));
  }

  go(page: string, subject = "", params: Record<string, string | undefined> = {}): void {
    location.hash = hrefOf(page, subject, params);
  }

  // Changes parameters of the page without a step back to what was before, as filters do.
  set(params: Record<string, string | undefined>): void {
    const { page, subject, params: old } = this.route;
    history.replaceState(null, "", hrefOf(page, subject, { ...old, ...params }));
    this.route = parseRoute(location.hash);
  }
}

export const router = new Router();
