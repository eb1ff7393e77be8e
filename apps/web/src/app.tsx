import { useEffect, useRef } from "preact/hooks";
import { SpacePage } from "./pages/space-page.tsx";
import { route } from "./state/navigation.ts";
import type { Route } from "./state/route.ts";
import { lazy } from "./view/lazy.tsx";
import { Shell } from "./view/shell.tsx";

// A listener comes straight to a space: its page is in the first script, the others follow later.
const HomePage = lazy(() => import("./pages/home-page.tsx").then((page) => page.HomePage));

export function App() {
  return (
    <Shell>
      <Page />
    </Shell>
  );
}

function Page() {
  const { value } = route;
  useFocusOnArrival(value);
  // The key makes another space a new visit: nothing of the last one stays behind.
  if (value.page === "space") return <SpacePage key={value.id} id={value.id} />;
  return value.page === "home" ? <HomePage /> : <NotFoundPage what={value.what} />;
}

const NotFoundPage = lazy(() => import("./view/plain-page.tsx").then((m) => m.NotFoundPage));

/** Going to another page of the site takes the focus along, as loading it anew would. */
function useFocusOnArrival(current: Route): void {
  const first = useRef(current);
  useEffect(() => {
    if (current !== first.current) document.getElementById("content")?.focus();
  }, [current]);
}
