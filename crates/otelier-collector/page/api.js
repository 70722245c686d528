// Questions to the collector.

/** An answer that is a refusal: its words, and the column of a query's mistake. */
const refused = (status, words, column) => Object.assign(new Error(words), { status, column });

/** The path of a question; parameters that are empty are left out. */
export function path(at, parameters = {}) {
	const said = new URLSearchParams();
	for (const [key, value] of Object.entries(parameters)) {
		if ((value ?? '') !== '') said.set(key, value);
	}
	const tail = said.toString();
	return tail ? `${at}?${tail}` : at;
}

/** The address of a span in its trace. */
export const spanAt = ({ traceId, spanId }) => path(`/t/${traceId}`, { span: spanId });

export async function ask(at, parameters, signal, method = 'GET') {
	let answer;
	try {
		answer = await fetch(path(at, parameters), { signal, method });
	} catch (error) {
		if (error.name === 'AbortError') throw error;
		throw refused(0, 'the collector does not answer');
	}
	let body = null;
	try { body = await answer.json(); } catch (error) { if (error.name === 'AbortError') throw error; }
	if (!answer.ok || body === null) throw refused(answer.status, body?.error ?? `status ${answer.status}`, body?.column);
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
		if (trace) for (const key of ['spans', 'logs', 'resources']) for (const one of page[key]) trace[key].push(one);
		trace ??= page;
		trace.next = page.next;
		after = page.next;
	} while (after && trace.spans.length < most && trace.logs.length < most);
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
