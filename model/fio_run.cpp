#include "model/fio_run.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "model/trace_workload.hpp"

namespace blkpath {
FioRun::FioRun(const std::vector<JobSpec>& specs, FioParams params, Bytes device_size, OpenSource open)
    : layout_(lay_out(specs, device_size)), params_(params), open_(std::move(open)) {
  stats_.resize(layout_.jobs.size());
}

std::vector<StageId> FioRun::add_to(Sim& sim) {
  sim_ = &sim;
  std::vector<StageId> ids;
  for (std::size_t i = 0; i < layout_.jobs.size(); ++i) {
    const std::string name = "fio[" + std::to_string(i) + "]";
    try {
      std::unique_ptr<Workload> workload = make_workload(i, name);
      workloads_.push_back(workload.get());
      ids.push_back(sim.add(std::move(workload), name, "fio"));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument("job '" + layout_.jobs[i].name + "': " + e.what());
    }
  }
  running_ = static_cast<int>(std::count(layout_.phases.begin(), layout_.phases.end(), 0));
  return ids;
}

std::unique_ptr<Workload> FioRun::make_workload(std::size_t index, const std::string& name) {
  const JobSpec& job = layout_.jobs[index];
  if (job.replay) return std::make_unique<TraceWorkload>(job, params_, *this, index, open_(job));
  const std::uint64_t seed = job.rand_seed.value_or(sim_->seed());
  return std::make_unique<FioWorkload>(job, params_, *this, index, Random(seed, name));
}

/// A workload announces itself when the Sim starts; by then all stages, and so all buckets, are known.
void FioRun::workload_started(Workload& workload, std::size_t index) {
  buckets_.resize(sim_->buckets());
  if (layout_.phases[index] == 0) workload.begin(layout_.jobs[index].start_delay);
}

void FioRun::workload_done(const FioAccount& account, Instant now) {
  for (std::size_t b = 0; b < buckets_.size(); ++b) buckets_[b] += account.buckets()[b];
  if (now > account.measured_from()) {
    first_ = std::min(first_, account.measured_from());
    last_ = std::max(last_, now);
  }
  if (--running_ > 0 || stopping_) return;
  if (phase_ == layout_.last_phase()) {
    done_ = true;
    sim_->stop();
    return;
  }
  ++phase_;
  for (std::size_t i = 0; i < layout_.phases.size(); ++i) {
    if (layout_.phases[i] != phase_) continue;
    ++running_;
    // fio counts startdelay from the start of the run, not of the phase.
    workloads_[i]->begin(std::max(Time{0}, layout_.jobs[i].start_delay - now.time_since_epoch()));
  }
}

/// What a report says about a job as such is only known of a trace when it has been read.
void FioRun::replay_done(std::size_t index) {
  JobSpec& job = layout_.jobs[index];
  const ReplayStats& replay = replays_.at(index);
  for (std::size_t d = 0; d < kDirs; ++d) {
    job.does[d] = replay.largest[d] > Bytes{0};
    if (job.does[d]) job.bs[d] = {replay.smallest[d], replay.largest[d], {}};
  }
  job.random = 2 * replay.sequential < replay.requests;
  job.iodepth = std::max(1, replay.deepest);
}

void FioRun::request_stop() {
  stopping_ = done_ = true;
  for (Workload* workload : workloads_) workload->abandon();
  if (sim_ != nullptr) sim_->stop();
}

std::int64_t FioRun::measured_ios() const {
  std::int64_t ios = 0;
  for (const JobStats& job : stats_)
    for (const DirStats& dir : job.dir) ios += dir.ios;
  return ios;
}

Time FioRun::measured_time() const { return last_ > first_ ? last_ - first_ : Time{0}; }

}  // namespace blkpath
