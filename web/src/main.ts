import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { signIn } from "./api/client";
import { clock } from "./live/clock.svelte";
import { live } from "./live/live.svelte";

// A code to sign in by stands behind the #: it leaves the address before anything else happens.
const code = /^#code=([0-9a-f]+)$/.exec(location.hash)?.[1];
if (code !== undefined) {
  history.replaceState(null, "", "#/now");
  try {
    await signIn(code);
  } catch (error) {
    live.problem = error instanceof Error ? error.message : String(error);
  }
}

clock.start();
live.start();
const place = document.getElementById("app");
if (place !== null) mount(App, { target: place });
