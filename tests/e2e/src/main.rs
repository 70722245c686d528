//! Small programs that use telemetry as a user would, for the tests beside them.
//!
//! The first argument names the program. What a program has to tell its test is
//! printed on standard output, after `> `.

mod scenarios;

use std::{env, fmt, io::Write as _};

use anyhow::bail;

use crate::scenarios::{
    counted, edges, ends, flood, flushes, footprint, grpc, hooks, jobs, large, leaky, logs, obey,
    relay, served, spans, stalls, statements, subscribers, twice,
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["api"] => runtime(2)?.block_on(api::run()),
        ["api", "one worker"] => runtime(1)?.block_on(api::run()),
        ["api", "current thread"] => ends::current_thread()?.block_on(api::run()),
        ["counted"] => {
            counted::by_a_library();
            Ok(())
        }
        ["edges"] => runtime(2)?.block_on(edges::all()),
        ["ends", how] => ends::by(how),
        ["flood", each] => flood::books(each),
        ["flush blocking", place] => flushes::blocking(place),
        ["init race"] => flood::race(),
        ["after shutdown"] => flood::afterwards(),
        ["hooks", fault] => hooks::add(fault),
        ["footprint", telemetry] => footprint::print(telemetry),
        ["allocations"] => footprint::allocations(),
        ["failing job"] => runtime(2)?.block_on(jobs::failing()),
        ["endless jobs"] => runtime(2)?.block_on(jobs::endless()),
        ["large spans"] => large::spans(),
        ["large logs"] => large::logs(),
        ["huge records"] => large::records(),
        ["large metrics"] => large::metrics(),
        ["many series"] => large::series(),
        ["leaky", ..] => runtime(2)?.block_on(leaky::serve()),
        ["asks authors", url] => runtime(2)?.block_on(grpc::asks(url)),
        ["authors"] => runtime(2)?.block_on(authors::run()),
        ["cache"] => runtime(2)?.block_on(cache::run()),
        ["feed"] => runtime(2)?.block_on(feed::run()),
        ["scraped"] => runtime(2)?.block_on(scraped::run()),
        ["changed filter"] => logs::changes(),
        ["changed log filter"] => logs::ships(),
        ["levels"] => logs::levels(),
        ["logged statements", how] => runtime(2)?.block_on(statements::logged(how)),
        ["limited", lines] => logs::limited(lines),
        ["secrets"] => logs::secrets(),
        ["doubles"] => logs::doubles(),
        ["obey"] => obey::commands(),
        ["init twice"] => twice::init(),
        ["orders"] => runtime(2)?.block_on(served::orders()),
        ["drained", bound] => runtime(2)?.block_on(served::drained(bound)),
        ["relay", callee] => runtime(2)?.block_on(relay::serve(callee)),
        ["fields of spans"] => spans::fields(),
        ["stall", flavor] => stalls::on(flavor),
        ["no stall"] => stalls::none(),
        ["several runtimes"] => stalls::several(),
        ["own subscriber"] => subscribers::first(),
        ["deaf subscriber"] => subscribers::deaf(),
        ["filtered layer"] => subscribers::filtered_layer(),
        ["unkept guard"] => subscribers::unkept(),
        ["own subscriber with layer"] => subscribers::with_layer(),
        ["eternal"] => twice::eternal(),
        ["impatient"] => twice::impatient(),
        ["named in code"] => twice::named(),
        ["visits"] => runtime(2)?.block_on(visits::run()),
        ["worker"] => runtime(2)?.block_on(worker::run()),
        ref other => bail!("no such program: {other:?}"),
    }
}

fn runtime(workers: usize) -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
}

/// Tells the test something, on one line.
pub(crate) fn tell(text: fmt::Arguments<'_>) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "> {text}")
}
