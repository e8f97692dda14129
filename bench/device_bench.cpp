// Devices alone, in simulated I/Os per CPU second: a closed loop of 64 random I/Os of 4 KiB on an SSD. What
// comes before the first I/O (the map, preconditioning) has a row of its own.
#include <benchmark/benchmark.h>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace {

using namespace blkpath;

/// Keeps 64 I/Os outstanding.
class Loop final : public Stage {
 public:
  Loop(Op op, Bytes capacity) : op_(op), blocks_(static_cast<std::uint64_t>(capacity.n / 4096)) {}
  void submit(Slot) override {}
  void on_event(Slot) override {}
  void complete(Slot s) override {
    sim().close(s);
    ++done;
    launch();
  }
  void launch() {
    const auto offset = static_cast<std::int64_t>(random_.below(blocks_)) * 4096;
    sim().down(sim().open(*this, op_, offset, 4096, 0), below());
  }
  std::int64_t done = 0;

 private:
  Op op_;
  std::uint64_t blocks_;
  Random random_{1, "loop"};
};

struct Drive {
  Drive(Op op, const char* precondition) {
    ConfigMap config;
    config.entries.emplace_back("precondition", ConfigValue{precondition, {}, false, {}, {}});
    Built ssd = find_model("ssd", {}, "").make(config, "ssd");
    auto owned = std::make_unique<Loop>(op, ssd.stage->luns({}).each);
    loop = owned.get();
    const StageId top = sim.add(std::move(owned), "loop", "loop");
    sim.connect(top, sim.add(std::move(ssd.stage), "ssd", "ssd"));
    sim.start();
  }
  Sim sim{1};
  Loop* loop = nullptr;
};

void ssd(benchmark::State& state, Op op) {
  Drive drive(op, "random");
  for (int i = 0; i < 64; ++i) drive.loop->launch();
  const std::int64_t before = drive.loop->done;
  for (auto _ : state) drive.sim.run_events(1000);
  state.SetItemsProcessed(drive.loop->done - before);
}
BENCHMARK_CAPTURE(ssd, random_read, Op::read);
BENCHMARK_CAPTURE(ssd, random_write_steady_state, Op::write);

void ssd_start(benchmark::State& state, const char* precondition) {
  for (auto _ : state) benchmark::DoNotOptimize(Drive(Op::read, precondition).loop);
}
BENCHMARK_CAPTURE(ssd_start, sequential, "sequential")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssd_start, random, "random")->Unit(benchmark::kMillisecond);

}  // namespace
