/// Small stages that the kernel's tests are built from.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/core/sim.hpp"

namespace blkpath::test {

inline Instant at(Time t) { return Instant{t}; }

/// Holds every request for the same time and passes it up, or down when something stands below.
class Hold : public Stage {
 public:
  explicit Hold(Time service) : service_(service) {}
  void submit(Slot s) override { sim().hold(s, Time{0}, service_); }
  void on_event(Slot s) override { next().empty() ? sim().up(s) : sim().down(s, below()); }

 private:
  Time service_;
};

/// Opens requests when told to and notes when they come back.
class Root : public Stage {
 public:
  void submit(Slot) override {}
  void on_event(Slot) override {}
  void complete(Slot s) override {
    done.push_back(sim().now());
    sim().close(s);
  }
  Slot launch(std::uint32_t length = 4096, std::int64_t offset = 0) {
    const Slot s = sim().open(*this, Op::read, offset, length, 0);
    sim().down(s, below());
    return s;
  }
  std::vector<Instant> done;
};

/// Adds a stage that is a group of its own.
template <class S, class... Args>
S* add(Sim& sim, const std::string& name, Args&&... args) {
  auto owned = std::make_unique<S>(std::forward<Args>(args)...);
  S* const stage = owned.get();
  sim.add(std::move(owned), name, name);
  return stage;
}

/// A root above a chain of holds.
struct Chain {
  explicit Chain(const std::vector<Time>& services) : root(add<Root>(sim, "root")) {
    StageId above = root->id();
    for (const Time service : services) {
      const StageId id = add<Hold>(sim, "hold" + std::to_string(sim.stages()), service)->id();
      sim.connect(above, id);
      above = id;
    }
    sim.start();
  }
  Sim sim{1};
  Root* root;
};

}  // namespace blkpath::test
