/// fio's log files: write_lat_log, write_bw_log and write_iops_log.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/fio_report.hpp"

namespace blkpath {

/// The lines of one log: `time_ms, value, direction, block size, priority`, with the offset before the
/// priority when `offsets` is set (fio's log_offset). Directions are 0, 1, 2 for read, write, trim.
std::string fio_log(const std::vector<LogSample>& samples, bool offsets);

/// log_avg_msec for a latency log: for each direction the mean of all samples since the last line, written by
/// the first sample that is a window or more away from the start of the last one; what is left over goes out
/// at `end`. Block size and offset become 0, as in fio. Samples are single I/Os, their block size at least 1;
/// one with block size 0 is a window already and is kept as it is.
/// @param window  at least 1 ms
std::vector<LogSample> fio_mean_log(const std::vector<LogSample>& samples, Time window, Instant end);

enum class FioRate { bandwidth, iops };

/// log_avg_msec for a bandwidth (KiB/s) or IOPS log: what was done in each whole window over its length,
/// stamped with the window's end. Windows without I/O and the broken one at the end give no line, as in fio.
/// Samples are single I/Os, their block size at least 1; one with block size 0 is a window already and is
/// kept as it is.
std::vector<LogSample> fio_rate_log(const std::vector<LogSample>& samples, Time window, Instant end,
                                    FioRate rate);

/// Writes the logs that the jobs asked for, one set for each job whether or not the report groups them:
/// PREFIX_slat.N.log, _clat and _lat; _bw; _iops, where N counts jobs from 1. Existing files are replaced.
/// @param folder  where relative prefixes start
/// @return        the files written
/// @throws        std::system_error when a file cannot be written
std::vector<std::filesystem::path> write_fio_logs(const FioReport& report,
                                                  const std::filesystem::path& folder = {});

}  // namespace blkpath
