// Devices alone, in simulated I/Os per CPU second: a closed loop of random I/Os of 4 KiB, 64 on an SSD, one
// or 64 on a disk. What comes before the first I/O of an SSD (the map, preconditioning) has a row of its own.
#include <benchmark/benchmark.h>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace {

using namespace blkpath;

/// Issues an I/O for each that completes.
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

using Params = std::vector<std::pair<std::string, std::string>>;

struct Drive {
  Drive(const char* model, Op op, const Params& params) {
    ConfigMap config;
    for (const auto& [key, value] : params)
      config.entries.emplace_back(key, ConfigValue{value, {}, false, {}, {}});
    Built device = find_model(model, {}, "").make(config, model);
    auto owned = std::make_unique<Loop>(op, device.stage->luns({}).each);
    loop = owned.get();
    const StageId top = sim.add(std::move(owned), "loop", "loop");
    sim.connect(top, sim.add(std::move(device.stage), model, model));
    sim.start();
  }
  Sim sim{1};
  Loop* loop = nullptr;
};

void run(benchmark::State& state, Drive& drive, int depth) {
  for (int i = 0; i < depth; ++i) drive.loop->launch();
  const std::int64_t before = drive.loop->done;
  for (auto _ : state) drive.sim.run_events(1000);
  state.SetItemsProcessed(drive.loop->done - before);
}

void calibrated(benchmark::State& state, int depth, const Params& params) {
  Drive drive("calibrated", Op::read, params);
  run(state, drive, depth);
}

void disk(benchmark::State& state, Op op, int depth, const Params& params) {
  Drive drive("disk", op, params);
  run(state, drive, depth);
}
const Params kBuffer{{"segments", "16"}, {"write_segments", "8"}, {"write_cache", "true"}};
BENCHMARK_CAPTURE(calibrated, places, 64, {{"tags", "64"}, {"servers", "12"}});
BENCHMARK_CAPTURE(calibrated, arm, 32, {{"turn", "8333us"}, {"seek_base", "5ms"}, {"seek_full", "16ms"}});
BENCHMARK_CAPTURE(disk, random_read, Op::read, 1, Params{});
BENCHMARK_CAPTURE(disk, random_read_buffer, Op::read, 1, kBuffer);
BENCHMARK_CAPTURE(disk, random_write_buffer, Op::write, 1, kBuffer);
BENCHMARK_CAPTURE(disk, random_read_sptf_of_64, Op::read, 64, Params{});

void ssd(benchmark::State& state, Op op) {
  Drive drive("ssd", op, {{"precondition", "random"}});
  run(state, drive, 64);
}
BENCHMARK_CAPTURE(ssd, random_read, Op::read);
BENCHMARK_CAPTURE(ssd, random_write_steady_state, Op::write);

void ssd_start(benchmark::State& state, const char* precondition) {
  for (auto _ : state)
    benchmark::DoNotOptimize(Drive("ssd", Op::read, {{"precondition", precondition}}).loop);
}
BENCHMARK_CAPTURE(ssd_start, sequential, "sequential")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssd_start, random, "random")->Unit(benchmark::kMillisecond);

}  // namespace
