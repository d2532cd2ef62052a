//! Work on the events of a ledger on all cores, taken in their order on one.

use std::{
    collections::VecDeque,
    num::NonZero,
    ops::ControlFlow,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use super::{Batch, Source};

/// Reads all batches of `source`, does `work` on them on as many threads as there are cores, and gives what it made to `take`
/// on this thread, in the order of the batches. `take` may end it early.
///
/// # Errors
/// When `source` cannot be read. What was read before was taken.
pub fn in_order<S: Source, T: Send>(
    source: S,
    work: impl Fn(&Batch) -> T + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) -> Result<(), S::Error> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let work = &work;
    let read = thread::scope(|scope| {
        let (mut inputs, mut outputs) = (Vec::new(), VecDeque::new());
        for _ in 0..workers {
            let (input, batches) = sync_channel::<Batch>(2);
            let (done, output) = sync_channel::<T>(2);
            scope.spawn(move || {
                for batch in batches {
                    if done.send(work(&batch)).is_err() {
                        return;
                    }
                }
            });
            inputs.push(input);
            outputs.push_back(output);
        }
        let reader = scope.spawn(move || read_all(source, &inputs));
        // Batches go around the workers in turn, so taking them in turn keeps their order.
        while let Some(output) = outputs.pop_front() {
            let Ok(made) = output.recv() else { break };
            outputs.push_back(output);
            if take(made).is_break() {
                break;
            }
        }
        // Readers and workers end when nobody listens any more.
        drop(outputs);
        reader.join()
    });
    match read {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn read_all<S: Source>(mut source: S, inputs: &[SyncSender<Batch>]) -> Result<(), S::Error> {
    for input in inputs.iter().cycle() {
        let Some(batch) = source.next()? else { break };
        if input.send(batch).is_err() {
            break;
        }
    }
    Ok(())
}
