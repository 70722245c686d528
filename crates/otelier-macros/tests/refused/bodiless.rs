use otelier_macros::trace;

trait Ships {
    #[trace]
    fn ship(&self, id: u64) -> u64;
}

fn main() {}
