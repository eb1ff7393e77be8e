// In the order of the cascade: tokens and base first, what overrides later. Pages that are loaded
// later bring their own sheet along.
import "./style/tokens.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/controls.css";
import "./style/lamp.css";
import "./style/people.css";
import "./style/space.css";
import "./style/dialog.css";
import "./style/motion.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { startNavigation } from "./state/navigation.ts";

startNavigation();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
