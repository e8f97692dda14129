/// A whole replay: jobs as threads on one file or device, through one driver, recorded.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aio/aligned_source.hpp"
#include "aio/job_io.hpp"
#include "aio/target.hpp"
#include "model/fio_layout.hpp"
#include "model/replay_stats.hpp"

namespace blkpath {

struct ReplayOptions {
  std::string driver;  ///< empty: the one that does what the jobs' ioengine does
  std::string file;    ///< empty: the jobs' filename
  bool allow_write = false, allow_blocking = false;
  bool verify = false;
  bool align = false;       ///< under O_DIRECT, widen the requests of traces to whole logical blocks
  bool registered = false;  ///< io_uring: registered buffers and files
  bool sqpoll = false, iopoll = false;
  bool notify_by_signal = false, notify_by_eventfd = false;
  int workers = 64;
  bool sample_host = false;
  std::uint64_t seed = 1;
  std::string output;  ///< of the trace; empty: none
  std::string format;  ///< of the trace; empty: from the file's name
};

struct ReplayProgress {
  Time elapsed{0};
  std::int64_t ios = 0;
  Bytes filled{0};  ///< while a new file is filled
};

struct ReplayOutcome {
  std::string driver;
  std::vector<JobSpec> specs;  ///< numjobs expanded
  std::vector<JobStats> jobs;
  std::vector<ReplayTrouble> troubles;     ///< by job
  std::vector<ReplayStats> replays;        ///< by job; of use where the job replays a trace
  std::uint32_t block = 1;                 ///< bytes that O_DIRECT does at least; 1 without it
  std::vector<AlignmentStats> alignments;  ///< by job; of use where the job replays a trace
  std::int64_t recorded = 0;               ///< I/Os in the trace
  std::vector<std::string> notes;
  std::string machine;  ///< JSON
  bool interrupted = false, verified = false;
};

/// Makes the requests of a job that replays a trace, placed on a device of this size.
using SourceFactory = std::function<std::unique_ptr<RequestSource>(const JobSpec& spec, Bytes device)>;

/// @param progress  called a few times a second; false: finish what is in flight and end
/// @throws ConfigError before anything was read or written, when the jobs, the driver's rules and the file do
/// not go
///         together
/// @throws std::runtime_error when the driver fails in the middle; the trace holds what came before
ReplayOutcome replay(std::vector<JobSpec> jobs, const ReplayOptions& options, const SourceFactory& sources,
                     const std::function<bool(const ReplayProgress&)>& progress);

}  // namespace blkpath
