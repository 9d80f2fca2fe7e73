/** What the callback page says to the page that opened it. */
export const SIGN_IN_MESSAGE = 'trunkline_sign_in';
