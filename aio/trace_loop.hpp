/// A trace on a real file: one thread that issues its requests when they are due.
#pragma once
#include "aio/job_io.hpp"
#include "model/replay_stats.hpp"
#include "model/request_source.hpp"

namespace blkpath {

/// Issues the requests of a source as spec.replay says (see Pacing), and records by how much each was late.
/// Requests that are due together go down in one call. Waiting, it sleeps until shortly before the next one
/// is due and then looks at the clock.
class TraceLoop {
 public:
  TraceLoop(const JobSpec& spec, RequestSource& source, JobIo& io, FioAccount& account, ReplayStats& stats,
            ReplayControl& control);
  /// Runs to the end of the trace (or of spec.runtime), or until it is told to stop.
  void run();

 private:
  bool more();
  Time due() const;
  bool wait_until(Time due);
  void queue(const TraceRequest& request, Time due);
  void drain();

  const JobSpec& spec_;
  const ReplaySpec& replay_;
  RequestSource& source_;
  JobIo& io_;
  FioAccount& account_;
  ReplayStats& stats_;
  ReplayControl& control_;
  const std::uint32_t most_;  ///< in flight

  std::vector<TraceRequest> buffer_;
  std::size_t next_ = 0, filled_ = 0;
  bool ended_ = false;
  Time begin_{0}, last_issue_{0}, last_end_{0};
  Time latest_ = Time::min();  ///< time stamp so far
  TraceRequest last_;
};

}  // namespace blkpath
