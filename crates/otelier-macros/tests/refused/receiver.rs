use otelier_macros::trace;

struct Store;

impl Store {
    #[trace(record(self))]
    fn ship(&self) {}
}

fn main() {}
