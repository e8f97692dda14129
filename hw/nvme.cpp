#include <algorithm>
#include <deque>
#include <stdexcept>
#include <vector>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// The host's end of NVMe: queue pairs, one for each processor and drive (the request's target), and the
/// processor's work on them.
///
/// Each issuer of requests (a fio job, the page cache) runs on a processor of its own, in turn when there are
/// more of them. A command costs the processor `submit_cost`; when the queue is full it waits. A completion
/// entry raises an interrupt, at once or, coalesced, when `aggregation_threshold` entries stand in the queue
/// or the first of them is `aggregation_time` old. The interrupt's handler goes before submissions, and takes
/// all the entries that come to its queue while it runs; those of other drives wait for their own. Polled,
/// nothing interrupts: the processor looks for entries as long as commands are outstanding, which costs it
/// all that time.
///
/// The link and what the controller does belong to `ssd`, a link shared by several drives to `pcie`.
/// Leaves out: an interrupt in the middle of a submission, other work of the processors, migration of
/// issuers, hybrid polling, one doorbell for several commands.
class Nvme final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::hba;
  struct Params {
    int queues = 8;
    int queue_depth = 1024;
    Time submit_cost = 500ns;
    Time interrupt_cost = 1500ns;
    Time completion_cost = 400ns;
    bool poll = false;
    int aggregation_threshold = 1;
    Time aggregation_time{0};
    static auto fields() {
      return std::tuple{
          field("queues", &Params::queues, "queue pairs of a drive: one for each processor", configured()),
          field("queue_depth", &Params::queue_depth, "entries of a submission queue; one stays empty",
                datasheet(
                    "Linux: nvme.io_queue_depth, 1024; NVM Express 1.4, 4.1.2, for the one that is empty")),
          field("submit_cost", &Params::submit_cost,
                "processor time: map the pages, write the command and the doorbell",
                assumed("a core of 3 GHz")),
          field("interrupt_cost", &Params::interrupt_cost,
                "processor time of an interrupt, whatever it finds",
                assumed("a core of 3 GHz, entry and exit with the caches that they cost")),
          field("completion_cost", &Params::completion_cost, "processor time of each completion entry",
                assumed("a core of 3 GHz")),
          field("poll", &Params::poll, "completions are polled for (io_poll, RWF_HIPRI, SPDK)", configured()),
          field("aggregation_threshold", &Params::aggregation_threshold,
                "completion entries that an interrupt waits for; 1: none", configured()),
          field("aggregation_time", &Params::aggregation_time,
                "that it waits at most, in steps of 100us; 0ns: not at all", configured()),
      };
    }
    void check() const {
      if (queues < 1 || queues > 65535) throw std::invalid_argument("queues: 1 to 65535, for example 8");
      if (queue_depth < 2 || queue_depth > 65536)
        throw std::invalid_argument("queue_depth: 2 to 65536, for example 1024");
      if (aggregation_threshold < 1 || aggregation_threshold > 256)
        throw std::invalid_argument("aggregation_threshold: 1 to 256, for example 8");
      if (aggregation_time < Time{0} || aggregation_time > 25500us || aggregation_time % 100us != Time{0})
        throw std::invalid_argument("aggregation_time: a multiple of 100us up to 25500us, for example 100us");
      if ((aggregation_threshold > 1) != (aggregation_time > Time{0}))
        throw std::invalid_argument(
            "aggregation_threshold and aggregation_time work together: both, for example 8 and 100us, or "
            "neither");
      if (poll && aggregation_threshold > 1)
        throw std::invalid_argument(
            "poll: there are no interrupts to coalesce; for example aggregation_threshold: 1");
    }
  };
  explicit Nvme(const Params& p) : p_(p), cpus_(static_cast<std::size_t>(p.queues)) {}

  void submit(Slot s) override {
    sim()[s].phase = kArrival;
    if (!sim().catch_up(s)) arrive(s);
  }
  void complete(Slot s) override {
    sim()[s].phase = kEntry;
    if (!sim().catch_up(s)) post(s);
  }
  void on_event(Slot s) override {
    const Request& r = sim()[s];
    if (r.depth == 1) return signal(queues_[static_cast<std::size_t>(r.user)]);  // a queue's timer
    switch (r.phase) {
      case kArrival:
        return arrive(s);
      case kEntry:
        return post(s);
      default:
        return worked(s);
    }
  }
  double max_iops(const LoadShape&) const override {
    return p_.queues / seconds(p_.submit_cost + p_.completion_cost);
  }
  std::vector<StatValue> stats() const override {
    return {{"interrupts", "", "handled", static_cast<double>(interrupts_)},
            {"per_interrupt", "x", "completions for each of them",
             interrupts_ > 0 ? static_cast<double>(completions_) / static_cast<double>(interrupts_) : 0}};
  }

 private:
  enum Phase : std::uint8_t { kArrival, kSubmission, kEntry, kCompletion };
  /// A queue pair.
  struct Queue {
    std::size_t cpu = 0;
    int outstanding = 0;
    SlotQueue outside;          ///< found the submission queue full
    SlotQueue entries;          ///< of the completion queue
    bool is_signalled = false;  ///< its interrupt is pending or being handled
    Queue* next = nullptr;      ///< the one that was signalled after it
    Slot timer = kNoSlot;
  };
  /// One processor. Queues that were signalled go first, in that order.
  struct Cpu {
    Queue *first = nullptr, *last = nullptr;
    SlotQueue submissions;
    bool is_working = false, in_handler = false;
    int outstanding = 0;      ///< polled: commands that it looks for
    Instant polling_since{};  ///< until here it has been counted
  };

  /// Whoever opened the first of the request's ancestors.
  std::size_t cpu_of(Slot s) {
    while (sim()[s].parent != kNoSlot) s = sim()[s].parent;
    const StageId issuer = sim()[s].route[0];
    if (issuer >= cpu_of_issuer_.size()) cpu_of_issuer_.resize(issuer + 1u, -1);
    if (cpu_of_issuer_[issuer] < 0) cpu_of_issuer_[issuer] = issuers_++ % p_.queues;
    return static_cast<std::size_t>(cpu_of_issuer_[issuer]);
  }
  Queue& queue_of(Slot s) {
    const std::size_t cpu = cpu_of(s), index = sim()[s].target * cpus_.size() + cpu;
    while (queues_.size() <= index) {
      queues_.emplace_back();
      queues_.back().cpu = (queues_.size() - 1) % cpus_.size();
      if (p_.aggregation_threshold == 1) continue;
      queues_.back().timer = sim().timer(*this);
      sim()[queues_.back().timer].user = queues_.size() - 1;
    }
    return queues_[index];
  }

  // ---- down ---------------------------------------------------------------------------------------------
  void arrive(Slot s) {
    Queue& q = queue_of(s);
    sim().mark_queued(s);
    if (q.outstanding < p_.queue_depth - 1)
      admit(q, s);
    else
      q.outside.push(sim(), s);
  }
  void admit(Queue& q, Slot s) {
    Cpu& cpu = cpus_[q.cpu];
    ++q.outstanding;
    count_polling(cpu);
    ++cpu.outstanding;
    cpu.submissions.push(sim(), s);
    work(cpu);
  }

  // ---- up -----------------------------------------------------------------------------------------------
  void post(Slot s) {
    Queue& q = queue_of(s);
    sim().mark_queued(s);
    q.entries.push(sim(), s);
    if (q.is_signalled) return;  // its handler will find it
    if (p_.poll || q.entries.size() == static_cast<std::size_t>(p_.aggregation_threshold))
      signal(q);
    else if (q.entries.size() == 1)
      sim().schedule(q.timer, sim().now() + p_.aggregation_time);
  }
  void signal(Queue& q) {
    Cpu& cpu = cpus_[q.cpu];
    if (q.timer != kNoSlot) sim().cancel(q.timer);
    q.is_signalled = true;
    q.next = nullptr;
    (cpu.first ? cpu.last->next : cpu.first) = &q;
    cpu.last = &q;
    work(cpu);
  }

  // ---- the processor ------------------------------------------------------------------------------------
  void work(Cpu& cpu) {
    if (cpu.is_working) return;
    while (cpu.first && cpu.first->entries.empty()) {  // the handler leaves
      cpu.first->is_signalled = cpu.in_handler = false;
      cpu.first = cpu.first->next;
    }
    if (cpu.first) {
      Time cost = p_.completion_cost;
      if (!p_.poll && !cpu.in_handler) {
        cost += p_.interrupt_cost;
        ++interrupts_;
      }
      cpu.in_handler = true;
      spend(cpu, cpu.first->entries.pop(sim()), kCompletion, cost);
    } else if (!cpu.submissions.empty()) {
      spend(cpu, cpu.submissions.pop(sim()), kSubmission, p_.submit_cost);
    }
  }
  void spend(Cpu& cpu, Slot s, Phase phase, Time cost) {
    cpu.is_working = true;
    if (!p_.poll) cpu_ += cost;
    sim()[s].phase = phase;
    sim().hold(s, Time{0}, cost);
  }
  /// Polled: the time until now, whenever a command comes or goes, since a run may end with some outstanding.
  void count_polling(Cpu& cpu) {
    if (p_.poll && cpu.outstanding > 0) cpu_ += sim().now() - cpu.polling_since;
    cpu.polling_since = sim().now();
  }
  void worked(Slot s) {
    Queue& q = queue_of(s);
    Cpu& cpu = cpus_[q.cpu];
    cpu.is_working = false;
    if (sim()[s].phase == kSubmission) {
      work(cpu);
      return sim().down(s, below());
    }
    ++completions_;
    --q.outstanding;
    count_polling(cpu);
    --cpu.outstanding;
    if (!q.outside.empty()) admit(q, q.outside.pop(sim()));
    work(cpu);
    sim().up(s);
  }

  Params p_;
  std::vector<Cpu> cpus_;
  std::deque<Queue> queues_;  ///< by drive and processor; they stay in place when one more is met
  std::vector<int> cpu_of_issuer_;
  int issuers_ = 0;
  std::int64_t interrupts_ = 0, completions_ = 0;
};

const Registered<Nvme> registered{"nvme",
                                  "NVMe in the host: a queue pair per processor, interrupts or polling."};

}  // namespace
}  // namespace blkpath
