// Elements from code. Text of telemetry becomes text nodes, never markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
	for (const [key, value] of Object.entries(attributes ?? {})) {
		if ((value ?? false) === false) continue;
		if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
		else if (key === 'css') for (const [name, to] of Object.entries(value)) element.style.setProperty(name, to);
		else element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
	return element;
}

/** An HTML element: `h('a.name', { href }, 'text', child)`. */
export function h(tag, attributes, ...children) {
	const [name, ...classes] = tag.split('.');
	const element = document.createElement(name);
	if (name === 'button') element.type = name;
	if (classes.length) element.className = classes.join(' ');
	return fill(element, attributes, children);
}

/** An SVG element. */
export function s(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** What is shown of a name: controls and marks that turn the writing around become visible. */
export function visible(text, most = 300) {
	const whole = String(text ?? '');
	const short = whole.length > most ? `${whole.slice(0, most)}…` : whole;
	return short.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
		(c) => (c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd'));
}

const HUES = 12;
const hues = new Map();

/** The class of a service's colour: the same on every view, another for each of the first twelve. */
export function hue(service) {
	const name = service ?? '';
	if (!hues.has(name)) {
		if (hues.size > 2000) hues.clear();
		let at = 0;
		for (const c of name) at = (at * 31 + c.codePointAt(0)) % 1_000_003;
		// The first are far from each other.
		at %= hues.size < 6 ? 6 : HUES;
		if (hues.size < HUES) {
			const taken = new Set(hues.values());
			while (taken.has(at)) at = (at + 1) % HUES;
		}
		hues.set(name, at);
	}
	return `hue${hues.get(name)}`;
}

/** The head of a table; names behind a `>` stand on the right. */
export const heads = (...names) => h('thead', {}, h('tr', {}, names.map((name) => h(name[0] === '>' ? 'th.num' : 'th', { scope: 'col' }, name[0] === '>' ? name.slice(1) : name))));

/** The head of a grid. */
export const columns = (kind, ...names) => h(`div.heads.${kind}`, { role: 'row' }, names.map((name) => h('span', { role: 'columnheader' }, name)));

/** What stands where there is nothing to show. */
export const nowhere = (words, error) => h('div.none', {}, h('h1', {}, error && error.status !== 404 ? `${error.message}.` : words), h('a', { href: '/' }, 'To the traces'));

export function dot(service) {
	return h(`span.dot.${hue(service)}`, { 'aria-hidden': 'true' });
}

/** A service with its colour. */
export const service = (name, most) => [dot(name), ' ', visible(name, most)];

export async function copy(text, what) {
	try {
		await navigator.clipboard.writeText(text);
		say(`${what} copied`);
	} catch {
		say(`${what} could not be copied`);
	}
}

let spoken = 0;
let pending = 0;

/** Tells those who do not see the page. */
export function say(text) {
	const place = document.getElementById('said');
	if (place) place.textContent = text;
}

/** As `say`, at most every five seconds; the last one counts. */
export function murmur(text) {
	clearTimeout(pending);
	pending = setTimeout(() => { spoken = Date.now(); say(text); }, Math.max(0, spoken + 5000 - Date.now()));
}

/** Runs `work` once before the next paint, however often it is asked for. */
export function oncePerFrame(work) {
	let asked = false;
	return () => {
		if (asked) return;
		asked = true;
		requestAnimationFrame(() => { asked = false; work(); });
	};
}

/** Runs `work` at most once in `ms`, and once more after the last call. */
export function seldom(ms, work) {
	let timer = 0;
	let last = -Infinity;
	const asked = () => {
		if (timer) return;
		timer = setTimeout(() => { timer = 0; last = performance.now(); work(); }, Math.max(0, last + ms - performance.now()));
	};
	asked.stop = () => { clearTimeout(timer); timer = 0; };
	return asked;
}
