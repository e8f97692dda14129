// The kernel against queueing theory: M/M/1, M/D/1, M/M/c, closed networks, Little's law.
#include <gtest/gtest.h>

#include <cmath>

#include "model/core/histogram.hpp"
#include "model/core/random.hpp"
#include "model/core/test/stages.hpp"

namespace blkpath {
namespace {

using namespace test;

/// Mean of a stationary series from the means of its batches, which are nearly independent when long.
/// Source: Law & Kelton, Simulation Modeling and Analysis, 3rd ed., section 9.5.3.
class BatchMeans {
 public:
  explicit BatchMeans(std::int64_t batch) : batch_(batch) {}
  void add(double x) {
    sum_ += x;
    if (++n_ < batch_) return;
    batches_.add(sum_ / static_cast<double>(n_));
    sum_ = 0, n_ = 0;
  }
  double mean() const { return batches_.mean(); }
  double standard_error() const {
    return batches_.stddev() / std::sqrt(static_cast<double>(batches_.count()));
  }

 private:
  std::int64_t batch_, n_ = 0;
  double sum_ = 0;
  Moments batches_;
};

/// The mean agrees with theory within four standard errors, and does not agree with one that is 3 % off. Six
/// standard errors fit into these 3 %, so such an error is seen in 98 of 100 runs, not by luck of the seed.
void expect_mean(const BatchMeans& measured, double theory) {
  const double tolerance = 4 * measured.standard_error();
  EXPECT_NEAR(measured.mean(), theory, tolerance);
  EXPECT_LT(1.5 * tolerance, 0.03 * theory) << "too few samples to see an error of 3 %";
  EXPECT_GT(std::abs(measured.mean() - 1.03 * theory), tolerance);
  EXPECT_GT(std::abs(measured.mean() - 0.97 * theory), tolerance);
}

/// `servers` servers, one queue. Counts who is in it, on its own and not from the requests' books.
class Station : public Stage {
 public:
  Station(int servers, Time mean, bool random) : servers_(servers), mean_(mean), is_random_(random) {}
  void start() override { random_ = Random(sim().seed(), name()); }
  void submit(Slot s) override {
    occupy(+1);
    if (in_service_ == servers_) {
      sim().mark_queued(s);
      queue_.push(sim(), s);
    } else {
      serve(s);
    }
  }
  void on_event(Slot s) override {
    occupy(-1);
    --in_service_;
    if (!queue_.empty()) serve(queue_.pop(sim()));
    sim().up(s);
  }
  std::int64_t integral() const { return integral_; }  ///< of the number present, in request-nanoseconds
  std::int64_t present() const { return present_; }

 private:
  void serve(Slot s) {
    ++in_service_;
    sim().hold(s, Time{0},
               is_random_ ? random_.exponential(mean_) : mean_);  // books a wait that it was marked for
  }
  void occupy(int change) {
    integral_ += present_ * (sim().now() - changed_).count();
    changed_ = sim().now();
    present_ += change;
  }
  int servers_, in_service_ = 0;
  Time mean_;
  bool is_random_;
  Random random_;
  SlotQueue queue_;
  std::int64_t present_ = 0, integral_ = 0;
  Instant changed_{};
};

/// Open: Poisson arrivals. Notes how long each request was queued anywhere.
class Poisson : public Root {
 public:
  Poisson(Time mean, std::int64_t requests) : queued(requests / 50), mean_(mean), left_(requests) {}
  void start() override {
    random_ = Random(sim().seed(), name());
    sim().schedule(sim().timer(*this), sim().now() + random_.exponential(mean_));
  }
  void on_event(Slot timer) override {
    launch();
    if (--left_ > 0) sim().schedule(timer, sim().now() + random_.exponential(mean_));
  }
  void complete(Slot s) override {
    const std::int64_t* const times = sim().settle(s);
    std::int64_t wait = 0;
    sums.resize(sim().buckets());
    for (std::size_t i = 0; i < sim().buckets(); ++i) {
      sums[i] += times[i];
      if (i % 2 == 0) wait += times[i];
    }
    queued.add(static_cast<double>(wait) * 1e-9);
    sim().close(s);
  }
  BatchMeans queued;
  std::vector<std::int64_t> sums;  ///< of the booked times, by bucket

 private:
  Time mean_;
  std::int64_t left_;
  Random random_;
};

BatchMeans simulate(double load, int servers, bool random, std::int64_t requests) {
  Sim sim(1);
  const Time service = 100us;
  const Time between{std::llround(static_cast<double>(service.count()) / (load * servers))};
  Poisson* const root = add<Poisson>(sim, "arrivals", between, requests);
  sim.connect(root->id(), add<Station>(sim, "station", servers, service, random)->id());
  sim.start();
  sim.run_until(Instant::max());
  EXPECT_EQ(sim.open_requests(), 0u);
  return root->queued;
}

TEST(Queueing, MM1WaitsAsItsFormulaSays) {
  const double rho = 0.5;  // W_q = rho / (1 - rho) / mu
  expect_mean(simulate(rho, 1, true, 2'000'000), rho / (1 - rho) * 100e-6);
}

TEST(Queueing, MD1WaitsHalfAsLong) {
  const double rho = 0.6;  // Pollaczek-Khinchine: W_q = rho / (2 (1 - rho)) / mu
  expect_mean(simulate(rho, 1, false, 1'000'000), rho / (2 * (1 - rho)) * 100e-6);
}

TEST(Queueing, MM3WaitsAsErlangCSays) {
  const int c = 3;
  const double rho = 0.65, offered = c * rho;
  double term = 1, sum = 0;
  for (int k = 0; k < c; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double waits = term / (1 - rho) / (sum + term / (1 - rho));  // Erlang's C: the chance to wait
  expect_mean(simulate(rho, c, true, 6'000'000), waits / (c * (1 - rho)) * 100e-6);
}

// ---- closed networks
// ----------------------------------------------------------------------------------------

/// N customers that think, then send a request and wait for it. A customer is a slot of its own.
class Customers : public Root {
 public:
  Customers(int n, Time think, std::int64_t batch) : response(batch), cycle(batch), n_(n), think_(think) {}
  void start() override {
    random_ = Random(sim().seed(), name());
    for (int i = 0; i < n_; ++i) think(sim().timer(*this));
  }
  void on_event(Slot customer) override {
    const Slot s = launch();
    sim()[s].user = customer;
  }
  void complete(Slot s) override {
    const Time latency = sim().now() - sim()[s].born;
    response.add(seconds(latency));
    cycle.add(seconds(sim().now() - last_));  // time between completions: its mean is 1 / throughput
    last_ = sim().now();
    think(static_cast<Slot>(sim()[s].user));
    sim().close(s);
  }
  BatchMeans response, cycle;

 private:
  void think(Slot customer) { sim().schedule(customer, sim().now() + random_.exponential(think_)); }
  int n_;
  Time think_;
  Instant last_{};
  Random random_;
};

/// Serves like a Station, then sends the request on to a disk drawn at random.
struct Fork : Stage {
  explicit Fork(double p) : first(p) {}
  void start() override { random = Random(sim().seed(), name()); }
  void submit(Slot s) override { sim().down(s, below(random.uniform() < first ? 0 : 1)); }
  void on_event(Slot) override {}
  double first;
  Random random;
};

struct Mva {
  double throughput = 0, response = 0;
};
/// Exact mean value analysis of a closed network with one class of customers.
/// Source: Reiser & Lavenberg 1980; demand = visits x service time of each station.
Mva mva(int customers, double think, const std::vector<double>& demands) {
  std::vector<double> queue(demands.size(), 0);
  Mva result;
  for (int n = 1; n <= customers; ++n) {
    result.response = 0;
    for (std::size_t k = 0; k < demands.size(); ++k) result.response += demands[k] * (1 + queue[k]);
    result.throughput = n / (think + result.response);
    for (std::size_t k = 0; k < demands.size(); ++k)
      queue[k] = result.throughput * demands[k] * (1 + queue[k]);
  }
  return result;
}

TEST(Queueing, ClosedNetworkAgreesWithMva) {
  for (const int n : {1, 3, 12}) {
    Sim sim(1);
    Customers* const root = add<Customers>(sim, "customers", n, Time{300us}, 20'000);
    const StageId fork = add<Fork>(sim, "fork", 0.7)->id();
    sim.connect(root->id(), fork);
    sim.connect(fork, add<Station>(sim, "disk0", 1, Time{100us}, true)->id());
    sim.connect(fork, add<Station>(sim, "disk1", 1, Time{150us}, true)->id());
    sim.start();
    const Mva theory = mva(n, 300e-6, {0.7 * 100e-6, 0.3 * 150e-6});
    sim.run_until(at(from_seconds(1'000'000 / theory.throughput)));
    SCOPED_TRACE(n);
    expect_mean(root->response, theory.response);
    expect_mean(root->cycle, 1 / theory.throughput);
  }
}

// ---- Little's law and conservation
// --------------------------------------------------------------------------

/// Looks at every station at random instants, which see what time sees (PASTA).
struct Observer : Root {
  Observer(std::vector<Station*> s, Time m, Time e) : stations(std::move(s)), mean(m), end(e) {
    seen.resize(stations.size(), BatchMeans(4000));
  }
  void start() override { sim().schedule(sim().timer(*this), at(1us)); }
  void on_event(Slot timer) override {
    for (std::size_t i = 0; i < stations.size(); ++i)
      seen[i].add(static_cast<double>(stations[i]->present()));
    const Instant next = sim().now() + random.exponential(mean);
    if (next < at(end)) sim().schedule(timer, next);
  }
  std::vector<Station*> stations;
  Time mean, end;
  Random random{1, "observer"};
  std::vector<BatchMeans> seen;
};

TEST(Queueing, LittlesLawHoldsAtEveryStage) {
  Sim sim(1);
  Poisson* const root = add<Poisson>(sim, "arrivals", Time{200us}, 400'000);
  const StageId fork = add<Fork>(sim, "fork", 0.6)->id();
  std::vector<Station*> stations{add<Station>(sim, "disk0", 1, Time{200us}, true),
                                 add<Station>(sim, "disk1", 2, Time{500us}, false)};
  sim.connect(root->id(), fork);
  for (Station* const s : stations) sim.connect(fork, s->id());
  Observer* const observer = add<Observer>(sim, "observer", stations, Time{400us}, Time{80s});
  sim.start();
  sim.run_until(Instant::max());
  const double end = seconds(sim.now().time_since_epoch());
  for (std::size_t i = 0; i < stations.size(); ++i) {
    const std::size_t group = sim.group_of(stations[i]->id());
    const std::int64_t residence = root->sums[2 * group] + root->sums[2 * group + 1];
    // It starts and ends empty, so the law is an identity between integers.
    EXPECT_EQ(stations[i]->integral(), residence);
    const auto arrivals = static_cast<double>(stations[i]->visits());
    const double law = arrivals / end * (static_cast<double>(residence) * 1e-9 / arrivals);
    EXPECT_NEAR(observer->seen[i].mean(), law, 4 * observer->seen[i].standard_error());
    EXPECT_LT(4 * observer->seen[i].standard_error(), 0.1 * law);
  }
}

TEST(Queueing, UtilisationIsArrivalRateTimesService) {
  Sim sim(1);
  Poisson* const root = add<Poisson>(sim, "arrivals", Time{200us}, 100'000);
  Station* const disk = add<Station>(sim, "disk", 1, Time{100us}, false);
  sim.connect(root->id(), disk->id());
  sim.start();
  sim.run_until(Instant::max());
  EXPECT_EQ(disk->busy(), 100'000 * 100us);
}

}  // namespace
}  // namespace blkpath
