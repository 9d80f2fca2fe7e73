// Hands the identity provider's answer to the page that opened this window, which must be of this very origin, and
// closes the window. The code is for nobody else, and no history shall hold it.
'use strict';

(() => {
  const message = { type: 'trunkline_sign_in', query: window.location.search };
  window.history.replaceState(null, '', window.location.pathname);
  if (window.opener) window.opener.postMessage(message, window.location.origin);
  window.close();
})();
