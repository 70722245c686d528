// Questions to the collector.

/** An answer that is a refusal: its words, and the column of a query's mistake. */
export class Refused extends Error {
	constructor(status, words, column) {
		super(words);
		Object.assign(this, { status, column });
	}
}

/** The path of a question; parameters that are empty are left out. */
export function path(at, parameters = {}) {
	const said = new URLSearchParams();
	for (const [key, value] of Object.entries(parameters)) {
		if (value !== undefined && value !== null && value !== '') said.set(key, value);
	}
	const tail = said.toString();
	return tail ? `${at}?${tail}` : at;
}

export async function ask(at, parameters, signal, method = 'GET') {
	let answer;
	try {
		answer = await fetch(path(at, parameters), { signal, method });
	} catch (error) {
		if (error.name === 'AbortError') throw error;
		throw new Refused(0, 'the collector does not answer');
	}
	let body = null;
	try { body = await answer.json(); } catch (error) { if (error.name === 'AbortError') throw error; }
	if (!answer.ok || body === null) throw new Refused(answer.status, body?.error ?? `status ${answer.status}`, body?.column);
	return body;
}

/** All pages of one trace, up to `most` spans. */
export async function wholeTrace(id, signal, most = 50_000) {
	let trace = null;
	let after;
	do {
		const page = await ask(`/api/traces/${encodeURIComponent(id)}`, { after }, signal);
		const base = trace ? trace.resources.length : 0;
		for (const one of [...page.spans, ...page.logs]) if (one.resource !== undefined && one.resource !== null) one.resource += base;
		if (!trace) trace = page;
		else {
			for (const span of page.spans) trace.spans.push(span);
			for (const log of page.logs) trace.logs.push(log);
			for (const resource of page.resources) trace.resources.push(resource);
			trace.next = page.next;
		}
		after = page.next;
	} while (after && trace.spans.length + trace.logs.length < most * 2 && trace.spans.length < most);
	return trace;
}

/** Lets only the newest of several questions end. */
export class Latest {
	#now = null;

	async run(work) {
		this.#now?.abort();
		const mine = new AbortController();
		this.#now = mine;
		try {
			return await work(mine.signal);
		} catch (error) {
			if (error.name === 'AbortError') return undefined;
			throw error;
		} finally {
			if (this.#now === mine) this.#now = null;
		}
	}

	stop() { this.#now?.abort(); }
}
