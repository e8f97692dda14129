// The bare kernel: 74 requests in a closed loop, 8 events for each I/O, and no model that costs anything
// itself.
#include <benchmark/benchmark.h>

#include "model/core/sim.hpp"

namespace {

using namespace blkpath;

constexpr int kRequests = 74;  // what a 15-spindle shelf with a few commands each keeps in flight
constexpr int kHolds = 7;      // the eighth event is the workload's own

/// A stage that holds a request for a fixed time.
class Hold final : public Stage {
 public:
  explicit Hold(Time service) : service_(service) {}
  void submit(Slot s) override { sim().hold(s, Time{0}, service_); }
  void on_event(Slot s) override { next().empty() ? sim().up(s) : sim().down(s, below()); }

 private:
  Time service_;
};

/// Each request goes round and round: when it completes it opens again in its own slot a microsecond later.
class Loop final : public Stage {
 public:
  void start() override {
    for (int i = 0; i < kRequests; ++i)
      sim().schedule(sim().open(*this, Op::read, 0, 4096, 0), Instant{Time{i}});
  }
  void submit(Slot) override {}
  void on_event(Slot s) override {
    sim().close(s);
    sim().down(sim().open(*this, Op::read, 0, 4096, 0), below());
  }
  void complete(Slot s) override {
    booked_ += sim().settle(s)[1];
    ++completed_;
    sim().schedule(s, sim().now() + 1us);
  }
  std::int64_t completed() const { return completed_; }
  std::int64_t booked() const { return booked_; }

 private:
  std::int64_t completed_ = 0, booked_ = 0;
};

void BM_ClosedLoopOf74(benchmark::State& state) {
  Sim sim(1);
  auto owned = std::make_unique<Loop>();
  Loop* const loop = owned.get();
  StageId above = sim.add(std::move(owned), "loop", "loop");
  for (int i = 0; i < kHolds; ++i) {
    const std::string name = "hold" + std::to_string(i);
    const StageId id = sim.add(std::make_unique<Hold>(Time{1000 + 137 * i}), name, name);
    sim.connect(above, id);
    above = id;
  }
  sim.start();
  std::int64_t events = 0;
  for (auto _ : state) {
    for (int i = 0; i < 8; ++i) sim.step();
    events += 8;
  }
  benchmark::DoNotOptimize(loop->booked());
  state.counters["IO/s"] =
      benchmark::Counter(static_cast<double>(loop->completed()), benchmark::Counter::kIsRate);
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_ClosedLoopOf74);
// Two fixed lengths, for `bench/instructions 20000 120000 blkpath_kernel_bench
// '--benchmark_filter=iterations:%N$'`.
BENCHMARK(BM_ClosedLoopOf74)->Iterations(20'000);
BENCHMARK(BM_ClosedLoopOf74)->Iterations(120'000);

}  // namespace

BENCHMARK_MAIN();
