/** Under the button of a queue that the host has closed. */
export const HANDS_CLOSED = "The host takes no more hands for now.";
