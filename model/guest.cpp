#include "model/call_stage.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {

enum class GuestScheduler : std::uint8_t { noop };
}  // namespace

template <>
struct EnumNames<GuestScheduler> {
  static constexpr std::array<std::pair<std::string_view, GuestScheduler>, 1> names{
      {{"noop", GuestScheduler::noop}}};
};

namespace {

/// The guest's kernel: system call and block layer on the way down, interrupt and completion on the way up,
/// both on the guest's vCPUs. A vCPU that is in a VM exit runs nothing else, so an interrupt that arrives
/// meanwhile waits. When more than nr_requests are queued, the submitter sleeps.
/// Leaves out: merging (one O_DIRECT request at a time has nothing to merge with), cfq and deadline.
class Guest final : public CallStage {
 public:
  static constexpr Layer kLayer = Layer::guest;
  struct Params {
    int vcpus = 1;
    GuestScheduler scheduler = GuestScheduler::noop;
    int nr_requests = 128;
    Time submit_cost = 9us;
    Time complete_cost = 5us;
    static auto fields() {
      return std::tuple{
          field("vcpus", &Params::vcpus, "virtual processors", configured()),
          field("scheduler", &Params::scheduler, "I/O scheduler of the guest's disk", configured()),
          field("nr_requests", &Params::nr_requests,
                "requests the guest's queue holds before submitters sleep", configured()),
          field("submit_cost", &Params::submit_cost, "vCPU time of one submission: system call, block layer",
                assumed("three quarters of a bare-metal submission, which includes the HBA's driver")),
          field("complete_cost", &Params::complete_cost,
                "vCPU time of one completion: interrupt, end_io, wake-up", assumed("half a submission")),
      };
    }
    void check() const {
      if (vcpus < 1) throw std::invalid_argument("vcpus: at least 1");
      if (nr_requests < 1) throw std::invalid_argument("nr_requests: at least 1, for example 128");
    }
  };
  explicit Guest(const Params& p) : CallStage(p.vcpus), p_(p) {}

  void submit(Slot s) override {
    if (queued_ < p_.nr_requests) {
      ++queued_;
      CallStage::submit(s);
    } else {
      sim().mark_queued(s);
      sleepers_.push(sim(), s);
    }
  }
  void on_event(Slot s) override {
    --queued_;  // the interrupt's handler has freed the request, and wakes a sleeper
    if (!sleepers_.empty()) {
      ++queued_;
      CallStage::submit(sleepers_.pop(sim()));
    }
    CallStage::on_event(s);
  }

 private:
  Time cost(const Request& r) const override { return r.phase == kCall ? p_.submit_cost : p_.complete_cost; }
  bool returns_first() const override { return true; }  // interrupts pre-empt

  Params p_;
  int queued_ = 0;
  SlotQueue sleepers_;
};

const Registered<Guest> registered{"guest", "The guest's kernel: block layer and interrupts on its vCPUs."};

}  // namespace
}  // namespace blkpath
