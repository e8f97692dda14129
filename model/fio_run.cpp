#include "model/fio_run.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace blkpath {
namespace {
[[noreturn]] void refuse(const JobSpec& job, const std::string& problem) {
  throw std::invalid_argument("job '" + job.name + "': " + problem);
}

Bytes smallest_block(const JobSpec& job) {
  Bytes smallest{std::numeric_limits<std::int64_t>::max()};
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (!job.does[d]) continue;
    if (job.bs[d].split.empty()) smallest = std::min(smallest, job.bs[d].min);
    for (const BlockSizeShare& share : job.bs[d].split) smallest = std::min(smallest, share.size);
  }
  return smallest;
}

void check_blocks(const JobSpec& job) {
  if (std::none_of(job.does.begin(), job.does.end(), [](bool b) { return b; })) refuse(job, "it does no I/O");
  const auto bad = [](Bytes b) { return b.n <= 0 || b.n > std::numeric_limits<std::uint32_t>::max(); };
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (!job.does[d]) continue;
    const BlockSizes& bs = job.bs[d];
    if (bad(bs.min) || bad(bs.max) || bs.min > bs.max)
      refuse(job, "block sizes from " + format(bs.min) + " to " + format(bs.max));
    for (const BlockSizeShare& share : bs.split)
      if (bad(share.size)) refuse(job, "a block size of " + format(share.size));
  }
  if (job.iodepth < 1) refuse(job, "iodepth=" + std::to_string(job.iodepth) + " is below 1");
  if (job.numjobs < 1) refuse(job, "numjobs=" + std::to_string(job.numjobs) + " is below 1");
}

/// Offset and size of clone number `k`, in bytes.
JobSpec clone(const JobSpec& job, int k, Bytes device) {
  JobSpec one = job;
  one.numjobs = 1;
  const Bytes block = smallest_block(job);
  if (job.offset_percent > 0) {
    one.offset = Bytes{device.n * job.offset_percent / 100};
    one.offset -= one.offset % block;
  }
  one.offset += job.offset_increment * k;
  one.offset_increment = Bytes{0};
  one.offset_percent = 0;
  Bytes size = device - one.offset;
  if (job.size_percent > 0) size = Bytes{device.n * job.size_percent / 100};
  if (job.size) size = *job.size;
  size -= size % block;
  one.size = size;
  one.size_percent = 0;
  if (one.offset.n < 0 || (one.offset + size) > device || one.offset >= device)
    refuse(job, "offset " + format(one.offset) + " and size " +
                    format(Bytes{std::max<std::int64_t>(size.n, 0)}) +
                    " reach beyond the device, which has " + format(device));
  if (size < block) refuse(job, "size " + format(size) + " holds no block of " + format(block));
  return one;
}
}  // namespace

FioRun::FioRun(std::vector<JobSpec> specs, FioParams params, Bytes device_size) : params_(params) {
  for (const JobSpec& job : specs) {
    if (!job.read_iolog.empty())
      throw std::runtime_error("job '" + job.name + "': read_iolog is not modelled yet");
    check_blocks(job);
    for (int k = 0; k < job.numjobs; ++k) {
      if (k == 0 && job.stonewall && !expanded_.empty()) ++last_phase_;
      expanded_.push_back(clone(job, k, device_size));
      phases_.push_back(last_phase_);
    }
  }
  if (expanded_.empty()) throw std::invalid_argument("a run needs at least one job");
  stats_.resize(expanded_.size());
}

std::vector<StageId> FioRun::add_to(Sim& sim) {
  sim_ = &sim;
  std::vector<StageId> ids;
  for (std::size_t i = 0; i < expanded_.size(); ++i) {
    const std::string name = "fio[" + std::to_string(i) + "]";
    const std::uint64_t seed = expanded_[i].rand_seed.value_or(sim.seed());
    try {
      auto workload = std::make_unique<FioWorkload>(expanded_[i], params_, *this, i, Random(seed, name));
      workloads_.push_back(workload.get());
      ids.push_back(sim.add(std::move(workload), name, "fio"));
    } catch (const std::invalid_argument& e) {
      refuse(expanded_[i], e.what());
    }
  }
  running_ = static_cast<int>(std::count(phases_.begin(), phases_.end(), 0));
  return ids;
}

/// A workload announces itself when the Sim starts; by then all stages, and so all buckets, are known.
void FioRun::workload_started(FioWorkload& workload, std::size_t index) {
  buckets_.resize(sim_->buckets());
  if (phases_[index] == 0) workload.begin(expanded_[index].start_delay);
}

void FioRun::workload_done(const FioAccount& account, Instant now) {
  for (std::size_t b = 0; b < buckets_.size(); ++b) buckets_[b] += account.buckets()[b];
  if (now > account.measured_from()) {
    first_ = std::min(first_, account.measured_from());
    last_ = std::max(last_, now);
  }
  if (--running_ > 0 || stopping_) return;
  if (phase_ == last_phase_) {
    done_ = true;
    sim_->stop();
    return;
  }
  ++phase_;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    if (phases_[i] != phase_) continue;
    ++running_;
    // fio counts startdelay from the start of the run, not of the phase.
    workloads_[i]->begin(std::max(Time{0}, expanded_[i].start_delay - now.time_since_epoch()));
  }
}

void FioRun::request_stop() {
  stopping_ = done_ = true;
  for (FioWorkload* workload : workloads_) workload->abandon();
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
