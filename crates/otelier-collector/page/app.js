// Shows that the page is served.
document.body.textContent = "otelier";
