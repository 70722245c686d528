// Addresses that have no view.

import { h } from './dom.js';

class Later extends HTMLElement {
	show(url) {
		const words = url.pathname === '/ai' ? 'Conversations with models are not shown yet; their spans are among the traces.' : 'There is nothing at this address.';
		document.title = 'otelier';
		this.replaceChildren(h('div.none', {}, h('h1', {}, words), h('a', { href: '/' }, 'To the traces')));
	}
}

customElements.define('o-later', Later);
