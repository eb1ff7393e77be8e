/** Vite puts the module beside the site's other files, and gives its URL. */
declare module "*.wasm?url" {
  const url: string;
  export default url;
}
