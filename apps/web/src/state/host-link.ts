/**
 * Whether an invitation makes whoever follows it the host. What it says is read, not verified: that is
 * the server's to do, and here only words hang on it.
 */
export function handsOver(invitation: string): boolean {
  try {
    const claims = invitation.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    return typeof JSON.parse(atob(claims)).host === "string";
  } catch {
    return false;
  }
}
