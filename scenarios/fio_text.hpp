/// fio's normal output: what fio 3.33 prints for a human to read.
#pragma once
#include <string>

#include "scenarios/fio_report.hpp"

namespace blkpath {

/// Job headers, one block for each job or reporting group, and the `Run status group` lines. Layout, units
/// and rounding were compared with fio 3.33; the process id is always 0 and the date the epoch, so that a run
/// prints the same bytes each time. Leaves out `Disk stats`, and shows no page faults (majf and minf are 0).
/// @throws std::invalid_argument when there is not one spec for each job
std::string fio_normal(const FioReport& report);

}  // namespace blkpath
