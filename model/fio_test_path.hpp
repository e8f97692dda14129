/// A path of one stage for the tests of the fio workload.
#pragma once
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "model/fio_run.hpp"

namespace blkpath {

/// `servers` servers that need `service` for each request; the submitting call takes `call`. Notes what
/// comes.
class FakeDevice final : public Stage {
 public:
  struct Seen {
    Instant at;
    Op op;
    std::int64_t offset;
    std::uint32_t length;
    std::uint8_t flags;
  };
  FakeDevice(Time call, Time service, std::size_t servers) : call_(call), service_(service), free_(servers) {}

  void submit(Slot s) override {
    const Request& r = sim()[s];
    seen.push_back({sim().at(s), r.op, r.offset, r.length, r.flags});
    deepest = std::max(deepest, ++inside_);
    sim()[s].phase = 1;
    if (call_ > Time{0})
      sim().hold(s, Time{0}, call_);
    else if (!sim().catch_up(s))
      accept(s);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == 1) return accept(s);
    --inside_;
    sim().up(s);
  }

  std::vector<Seen> seen;
  int deepest = 0;

 private:
  void accept(Slot s) {
    sim()[s].phase = 2;
    Instant& free = *std::min_element(free_.begin(), free_.end());
    const Instant begin = std::max(free, sim().now());
    free = begin + service_;
    sim().submitted(s);
    sim().hold(s, begin - sim().now(), service_);
  }
  Time call_, service_;
  std::vector<Instant> free_;
  int inside_ = 0;
};

/// A run of some jobs on a FakeDevice, from start to end.
struct FakePath {
  explicit FakePath(std::vector<JobSpec> jobs, Time service = 1ms, std::size_t servers = 1,
                    Time call = Time{0}, FioParams params = {Time{0}, Time{0}}, std::uint64_t seed = 1,
                    FioRun::OpenSource open = {})
      : sim(seed), run(std::move(jobs), params, 1_GiB, std::move(open)) {
    const std::vector<StageId> ids = run.add_to(sim);
    auto owned = std::make_unique<FakeDevice>(call, service, servers);
    device = owned.get();
    const StageId below = sim.add(std::move(owned), "device", "device");
    for (const StageId id : ids) sim.connect(id, below);
    sim.start();
  }
  FakePath& go() {
    sim.run_until(Instant::max());
    return *this;
  }
  const JobStats& job(std::size_t i = 0) const { return run.stats()[i]; }
  const DirStats& writes(std::size_t i = 0) const { return job(i).dir[static_cast<std::size_t>(Dir::write)]; }
  const DirStats& reads(std::size_t i = 0) const { return job(i).dir[static_cast<std::size_t>(Dir::read)]; }
  /// Everything booked, and what the latencies add up to.
  std::int64_t booked() const {
    std::int64_t sum = 0;
    for (const std::int64_t t : run.bucket_sums()) sum += t;
    return sum;
  }
  std::int64_t latencies() const {
    std::int64_t sum = 0;
    for (const JobStats& j : run.stats())
      for (const DirStats& d : j.dir) sum += d.lat.sum_ns();
    return sum;
  }

  Sim sim;
  FioRun run;
  FakeDevice* device = nullptr;
};

/// Random 16 KiB writes without a map through libaio for a second.
inline JobSpec random_writes(int iodepth) {
  JobSpec job;
  job.random = true;
  job.random_map = false;
  job.does = {false, true, false};
  job.bs[1].min = job.bs[1].max = 16_KiB;
  job.engine = IoEngine::libaio;
  job.iodepth = iodepth;
  job.runtime = 1s;
  job.time_based = true;
  return job;
}
/// Sequential 4 KiB reads of 16 blocks, through libaio.
inline JobSpec sequential_reads(int iodepth) {
  JobSpec job;
  job.engine = IoEngine::libaio;
  job.iodepth = iodepth;
  job.size = 64_KiB;
  return job;
}

}  // namespace blkpath
