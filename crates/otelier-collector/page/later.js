// Addresses that have no view.

import { nowhere } from './dom.js';
import { live } from './live.js';

class Later extends HTMLElement {
	show(url) {
		const words = url.pathname === '/ai' ? 'Conversations with models are not shown yet; their spans are among the traces.' : 'There is nothing at this address.';
		document.title = 'otelier';
		live.open();
		this.replaceChildren(nowhere(words));
	}
}

customElements.define('o-later', Later);
