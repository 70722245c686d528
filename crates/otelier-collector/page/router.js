// The address is the state: what is shown is read from it and written to it.

let tell = () => {};

/** What an address says by a name; nothing is an empty text. */
export const saidBy = (url) => (name) => url.searchParams.get(name) ?? '';

export const here = () => new URL(location.href);

export function listen(work) { tell = () => work(here()); }

/** Goes to an address; `replace` leaves no step to go back to. */
export function go(to, { replace = false } = {}) {
	const url = new URL(to, location.href);
	if (url.href === location.href) return;
	history[replace ? 'replaceState' : 'pushState'](null, '', url);
	tell();
}

/** Changes parameters of the address; an empty one goes away. */
export function set(changes, options) {
	const url = here();
	for (const [key, value] of Object.entries(changes)) {
		if ((value ?? '') === '') url.searchParams.delete(key);
		else url.searchParams.set(key, value);
	}
	go(url, options);
}

export function start() {
	addEventListener('popstate', () => tell());
	document.addEventListener('click', (event) => {
		if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		const link = event.target.closest?.('a[href]');
		const href = link?.getAttribute('href') ?? '';
		if (!link || link.matches('[download],[target]') || !href.startsWith('/') || href.startsWith('/api/')) return;
		event.preventDefault();
		go(href);
	});
	tell();
}
