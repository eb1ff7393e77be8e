import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

type LazyProps = { readonly placeholder?: VNode };

/**
 * A component in a chunk of its own. It is fetched when first shown; a failed fetch (a new release
 * took the old file away, or the network is gone) offers to load the page again.
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props & LazyProps> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props & LazyProps) {
    const [, redraw] = useState(0);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== undefined) return;
      load().then(
        (component) => {
          loaded = component;
          redraw((count) => count + 1);
        },
        () => setFailed(true),
      );
    }, []);
    const Loaded = loaded;
    if (Loaded !== undefined) return <Loaded {...props} />;
    return hasFailed ? <LoadFailed /> : (props.placeholder ?? null);
  };
}

function LoadFailed() {
  return (
    <div class="card stack">
      <p>A part of this page didn't arrive. Check your connection.</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
