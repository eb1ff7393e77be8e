/** Vite builds the module as a file of its own, with its imports in it, and gives its URL. */
declare module "*.worklet.ts?worker&url" {
  const url: string;
  export default url;
}
