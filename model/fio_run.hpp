/// All jobs of one fio run: clones, start order and what they measured together.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/fio_layout.hpp"
#include "model/fio_workload.hpp"
#include "model/replay_stats.hpp"

namespace blkpath {

/// Expands numjobs, lays the jobs out on the device, starts them as stonewall and startdelay say, and stops
/// the Sim when all are done.
///
///     FioRun run(specs, params, device_size);
///     for (StageId id : run.add_to(sim)) sim.connect(id, top_of_path);
///     sim.start();
///     sim.run_until(Instant::max());
class FioRun {
 public:
  /// @param job  one of expanded(), with `replay`
  using OpenSource = std::function<std::unique_ptr<RequestSource>(const JobSpec& job)>;

  /// @throws std::invalid_argument when a job does not fit on the device or its options contradict each other
  /// @param open  where the requests of jobs with `replay` come from; may be empty when there is none
  FioRun(const std::vector<JobSpec>& specs, FioParams params, Bytes device_size, OpenSource open = {});
  FioRun(const FioRun&) = delete;
  FioRun& operator=(const FioRun&) = delete;

  /// One workload stage per expanded job, in the order of expanded(), each of group "fio". Call once, and
  /// keep this FioRun as long as the Sim.
  /// @throws ConfigError when a trace cannot be opened
  std::vector<StageId> add_to(Sim& sim);

  /// Jobs issue nothing more and their statistics are closed as of now; stops the Sim.
  void request_stop();
  bool done() const { return done_; }

  /// The jobs after numjobs, with offset and size as each one uses them; once done(), those that replayed a
  /// trace have its directions, sizes and depth.
  const std::vector<JobSpec>& expanded() const { return layout_.jobs; }
  /// One per expanded job. Complete once done().
  const std::vector<JobStats>& stats() const { return stats_; }
  /// Time of all measured I/Os by Sim bucket, in ns; adds up to their total latency (slat + clat) exactly.
  /// Complete once done().
  const std::vector<std::int64_t>& bucket_sums() const { return buckets_; }
  /// Of the jobs that replay a trace, by index. Complete once done().
  const std::map<std::size_t, ReplayStats>& replays() const { return replays_; }
  std::int64_t measured_ios() const;
  /// From the first job's start of measuring (after ramp_time) to the last job's end.
  Time measured_time() const;

 private:
  friend class FioWorkload;
  friend class TraceWorkload;
  std::unique_ptr<Workload> make_workload(std::size_t index, const std::string& name);
  void workload_started(Workload& workload, std::size_t index);
  void replay_done(std::size_t index);
  void workload_done(const FioAccount& account, Instant now);

  FioLayout layout_;
  std::vector<JobStats> stats_;
  std::map<std::size_t, ReplayStats> replays_;
  std::vector<Workload*> workloads_;
  FioParams params_;
  OpenSource open_;
  std::vector<std::int64_t> buckets_;
  Sim* sim_ = nullptr;
  int phase_ = 0, running_ = 0;
  bool stopping_ = false, done_ = false;
  Instant first_ = Instant::max(), last_{};
};

}  // namespace blkpath
