use otelier_macros::trace;

struct Store;

#[trace]
impl Store {}

fn main() {}
