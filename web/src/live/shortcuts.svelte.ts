// Keys of a single character can be turned off: whoever speaks to the computer, or hits keys unawares,
// presses many of them. This browser remembers it.
const name = "evener-single-keys";

function kept(): boolean {
  try {
    return localStorage.getItem(name) !== "off";
  } catch {
    return true; // a browser may keep nothing
  }
}

class Shortcuts {
  areOn = $state(kept());
  // Whether the list of keys stands open.
  areListed = $state(false);

  turn(on: boolean): void {
    this.areOn = on;
    try {
      if (on) localStorage.removeItem(name);
      else localStorage.setItem(name, "off");
    } catch {
      // Until the page is loaded again, then.
    }
  }
}

export const shortcuts = new Shortcuts();
