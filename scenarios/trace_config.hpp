/// The section `trace:` of a scenario, or `--trace FILE`.
#pragma once
#include <string>

#include "scenarios/config_tree.hpp"
#include "scenarios/fio_job.hpp"

namespace blkpath {

/// Reads a replay as one job, named after its file.
/// @param trace      the section; null when the command line alone asks for the trace
/// @param file       of the command line: instead of the section's, which is found beside the scenario; may
/// be empty
/// @param overrides  options of fio that do not say what is issued: runtime, ramp_time, logs, percentiles
/// @throws ConfigError
FioJobs read_trace(const Config* trace, const std::string& file, const FioOverrides& overrides);

}  // namespace blkpath
