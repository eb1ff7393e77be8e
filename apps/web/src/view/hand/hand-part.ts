/** What few listeners need, in one script that comes when the first of it does. */
export { BlocksDialog } from "./blocks-dialog.tsx";
export { NameDialog } from "./name-dialog.tsx";
export { NamedInvitation } from "./named-invitation.tsx";
export { PersonDialog } from "./person-dialog.tsx";
