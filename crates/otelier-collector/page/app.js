// The frame around the views: which one is shown, keys, theme, the state of the stream.

import { h, say, copy } from './dom.js';
import { ask } from './api.js';
import { live } from './live.js';
import { go, listen, start } from './router.js';
import { showKeys } from './keys.js';
import './traces.js';
import './trace.js';
import './compare.js';
import './logs.js';
import './metrics.js';
import './map.js';
import './errors.js';
import './ai.js';

const VIEWS = [
	{ path: '/', name: 'Traces', key: 't' },
	{ path: '/logs', name: 'Logs', key: 'l' },
	{ path: '/m', name: 'Metrics', key: 'm' },
	{ path: '/map', name: 'Map', key: 'p' },
	{ path: '/errors', name: 'Errors', key: 'e' },
	{ path: '/ai', name: 'AI', key: 'a' },
];

const tagNamed = ({ name }) => `o-${name.toLowerCase()}`;
const main = document.getElementById('main');
let view = null;

const links = VIEWS.map(({ path, name }) => h('a', { href: path }, name));
document.getElementById('nav').append(...links);

const pause = h('button', { onclick: () => togglePause(), 'aria-keyshortcuts': 'Space' }, 'Pause');
const clear = h('button', { onclick: () => act('/api/clear', {}, 'cleared') }, 'Clear');
const theme = h('button', { onclick: () => nextTheme() }, 'Theme');
const help = h('button', { onclick: () => showKeys(), 'aria-label': 'Keys and queries', 'aria-keyshortcuts': '?' }, '?');
const state = h('span.state', {}, 'connecting');
document.getElementById('tools').append(state, pause, clear, theme, help);

async function act(at, parameters, words) {
	try {
		const answer = await ask(at, parameters, undefined, 'POST');
		say(words);
		return answer;
	} catch (error) { return say(error.message); }
}

async function togglePause() {
	const to = !live.last?.paused;
	const answer = await act('/api/pause', { paused: to }, to ? 'paused: what arrives is not kept' : 'going on');
	if (answer) paint(answer.paused);
}

function nextTheme() {
	const { dataset } = document.documentElement;
	const to = { light: 'dark', dark: '' }[dataset.theme] ?? 'light';
	dataset.theme = to;
	try { localStorage.setItem('theme', to); } catch { /* It lasts as long as the page, then. */ }
	say(`theme: ${to || 'as the system'}`);
}

function paint(paused = live.last?.paused ?? false) {
	state.textContent = live.state === 'live' ? (paused ? 'paused' : 'live') : live.state === 'lost' ? 'not connected' : 'connecting';
	state.className = `state ${live.state === 'live' ? (paused ? 'held' : 'on') : 'gone'}`;
	pause.setAttribute('aria-pressed', String(paused));
}

const banner = document.getElementById('banner');
let hide = 0;
live.addEventListener('state', ({ detail }) => {
	clearTimeout(hide);
	if (detail.state === 'lost') {
		banner.textContent = 'The collector does not answer. Trying again; what is shown is what was known.';
		banner.hidden = false;
	} else if (detail.state === 'live' && detail.before === 'lost') {
		banner.textContent = 'Connected again.';
		hide = setTimeout(() => { banner.hidden = true; }, 4000);
	}
	paint();
});
live.follow({ change: () => paint(), reset: () => paint() });

/** Which view an address means. */
function tagOf(url) {
	const path = url.pathname.replace(/\/+$/, '') || '/';
	if (path.startsWith('/t/')) return url.searchParams.get('vs') ? 'o-compare' : 'o-trace';
	return tagNamed(VIEWS.find((one) => one.path === path) ?? VIEWS[0]);
}

listen((url) => {
	const tag = tagOf(url);
	for (const [at, one] of VIEWS.entries()) {
		const on = tagNamed(one) === tag || (at === 0 && /^o-(trace|compare)$/.test(tag));
		links[at].ariaCurrent = on ? 'page' : null;
	}
	if (view?.localName !== tag) {
		view = document.createElement(tag);
		main.replaceChildren(view);
	}
	view.show(url);
});

let prefix = false;
addEventListener('keydown', (event) => {
	if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector('dialog[open]')) return;
	const writes = event.target.closest?.('input, textarea, select');
	if (event.key === 'Escape' && writes) { writes.blur(); view.focusList?.(); event.preventDefault(); return; }
	if ((event.ctrlKey || event.metaKey) && event.key === 'f' && view.find) { view.find(); event.preventDefault(); return; }
	if (writes || event.ctrlKey || event.metaKey) return;
	if (prefix) {
		prefix = false;
		const to = VIEWS.find(({ key }) => key === event.key);
		if (to) { go(to.path); event.preventDefault(); return; }
	}
	const button = event.target.closest?.('button, a[href], summary, [role=tab]');
	if (button && (event.key === 'Enter' || event.key === ' ')) return;
	if (view.press?.(event)) { event.preventDefault(); return; }
	const does = {
		g: () => { prefix = true; },
		'/': () => view.querySelector('input[type=search]')?.focus(),
		'?': () => showKeys(),
		' ': () => togglePause(),
		c: () => copy(location.href, 'link'),
	}[event.key];
	if (does) { does(); event.preventDefault(); }
});

paint();
start();
