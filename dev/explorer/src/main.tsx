/** The steering explorer: every decision of a study, and what each ADM would pick under another target. */

import { render } from "preact";
import { App } from "./page/App";
import { listen } from "./page/keys";
import { follow } from "./page/navigate";
import { printWhole } from "./page/printing";

const root = document.getElementById("app")!;
root.textContent = "";
const draw = () => render(<App />, root);
draw();
listen();
printWhole(draw);
window.addEventListener("popstate", () => void follow());
void follow();
