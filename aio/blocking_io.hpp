/// One I/O by system calls that return when it is done.
#pragma once
#include "aio/aio_driver.hpp"

namespace blkpath {

/// pread, pwrite, fdatasync, or a discard (BLKDISCARD on a device, a punched hole in a file). Sets result and
/// completed; interrupted calls are repeated.
void blocking_io(AioRequest& request);

}  // namespace blkpath
