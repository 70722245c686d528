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
import './later.js';

const VIEWS = [
	{ path: '/', name: 'Traces', key: 't', tag: 'o-traces' },
	{ path: '/logs', name: 'Logs', key: 'l', tag: 'o-logs' },
	{ path: '/m', name: 'Metrics', key: 'm', tag: 'o-metrics' },
	{ path: '/map', name: 'Map', key: 'p', tag: 'o-map' },
	{ path: '/errors', name: 'Errors', key: 'e', tag: 'o-errors' },
];

const main = document.getElementById('main');
let view = null;

const links = VIEWS.map(({ path, name }) => h('a', { href: path }, name));
document.getElementById('nav').append(...links);

const pause = h('button', { onclick: () => togglePause(), 'aria-keyshortcuts': 'Space' }, 'Pause');
const clear = h('button', { onclick: () => empty() }, 'Clear');
const theme = h('button', { onclick: () => nextTheme() }, 'Theme');
const help = h('button', { onclick: () => showKeys(), 'aria-label': 'Keys and queries', 'aria-keyshortcuts': '?' }, '?');
const state = h('span.state', {}, 'connecting');
document.getElementById('tools').append(state, pause, clear, theme, help);

async function togglePause() {
	try {
		const { paused } = await ask('/api/pause', { paused: !live.last?.paused }, undefined, 'POST');
		paint(paused);
		say(paused ? 'paused: what arrives is not kept' : 'going on');
	} catch (error) { say(error.message); }
}

async function empty() {
	try {
		await ask('/api/clear', {}, undefined, 'POST');
		say('cleared');
	} catch (error) { say(error.message); }
}

function nextTheme() {
	const order = ['', 'light', 'dark'];
	const to = order[(order.indexOf(document.documentElement.dataset.theme ?? '') + 1) % 3];
	if (to) document.documentElement.dataset.theme = to;
	else delete document.documentElement.dataset.theme;
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
	if (path === '/' || path === '/t') return 'o-traces';
	if (path.startsWith('/t/')) return url.searchParams.get('vs') ? 'o-compare' : 'o-trace';
	return VIEWS.find((one) => one.path === path)?.tag ?? 'o-later';
}

listen((url) => {
	const tag = tagOf(url);
	for (const [at, { tag: mine, path }] of VIEWS.entries()) {
		const on = mine === tag || (path === '/' && /^o-(trace|compare)$/.test(tag));
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
