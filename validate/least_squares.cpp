#include "validate/least_squares.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace blkpath {
namespace {

constexpr int kMostIterations = 40;
constexpr double kEnough = 1e-4;  ///< relative improvement below which two iterations in a row end the search

class Search {
 public:
  Search(std::vector<FitParameter>& parameters, const Differences& differences,
         const std::function<bool()>& go_on)
      : parameters_(parameters), differences_(differences), go_on_(go_on) {}

  FitSummary run() {
    Eigen::VectorXd r = at(values());
    summary_.before = summary_.after = rms(r);
    if (parameters_.empty()) return summary_;
    double lambda = 1e-2;
    int small = 0;
    for (int i = 0; i < kMostIterations && small < 2 && !stopped(); ++i) {
      const Eigen::MatrixXd j = jacobian(r);
      const double gain = improve(j, r, lambda);
      small = gain < kEnough ? small + 1 : 0;
    }
    if (!summary_.stopped) standard_errors(jacobian(r), r);
    return summary_;
  }

 private:
  bool stopped() {
    if (go_on_ && !go_on_()) summary_.stopped = true;
    return summary_.stopped;
  }
  std::vector<double> values() const {
    std::vector<double> v;
    for (const FitParameter& p : parameters_) v.push_back(p.value);
    return v;
  }
  Eigen::VectorXd at(const std::vector<double>& v) {
    ++summary_.evaluations;
    const std::vector<double> d = differences_(v);
    return Eigen::Map<const Eigen::VectorXd>(d.data(), static_cast<Eigen::Index>(d.size()));
  }
  static double rms(const Eigen::VectorXd& r) {
    return r.size() == 0 ? 0 : std::sqrt(r.squaredNorm() / static_cast<double>(r.size()));
  }
  Eigen::MatrixXd jacobian(const Eigen::VectorXd& r) {
    Eigen::MatrixXd j(r.size(), static_cast<Eigen::Index>(parameters_.size()));
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      const FitParameter& p = parameters_[k];
      const double step = p.value + p.step <= p.high ? p.step : -p.step;
      std::vector<double> v = values();
      v[k] += step;
      j.col(static_cast<Eigen::Index>(k)) = (at(v) - r) / step;
    }
    return j;
  }
  /// One step, with more damping until it is one that helps. @return the relative improvement
  double improve(const Eigen::MatrixXd& j, Eigen::VectorXd& r, double& lambda) {
    Eigen::MatrixXd a = j.transpose() * j;
    Eigen::VectorXd g = j.transpose() * r;
    // What stands on a bound and would leave it takes no part.
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      const FitParameter& p = parameters_[k];
      const auto i = static_cast<Eigen::Index>(k);
      if (!(p.value >= p.high && g(i) < 0) && !(p.value <= p.low && g(i) > 0)) continue;
      a.row(i).setZero();
      a.col(i).setZero();
      g(i) = 0;
    }
    for (int attempt = 0; attempt < 8 && !stopped(); ++attempt, lambda *= 4) {
      Eigen::MatrixXd damped = a;
      for (Eigen::Index k = 0; k < a.rows(); ++k) damped(k, k) += lambda * std::max(a(k, k), 1e-9);
      const Eigen::VectorXd step = damped.ldlt().solve(g);
      std::vector<double> v = values();
      for (std::size_t k = 0; k < v.size(); ++k)
        v[k] = std::clamp(v[k] - step(static_cast<Eigen::Index>(k)), parameters_[k].low, parameters_[k].high);
      const Eigen::VectorXd next = at(v);
      const double before = r.squaredNorm(), after = next.squaredNorm();
      if (after >= before) continue;
      for (std::size_t k = 0; k < v.size(); ++k) parameters_[k].value = v[k];
      r = next;
      summary_.after = rms(r);
      lambda /= 9;
      return 1 - after / before;
    }
    return 0;
  }
  void standard_errors(const Eigen::MatrixXd& j, const Eigen::VectorXd& r) {
    for (std::size_t k = 0; k < parameters_.size(); ++k)
      parameters_[k].matters = j.col(static_cast<Eigen::Index>(k)).squaredNorm() > 0;
    const Eigen::Index free = r.size() - j.cols();
    if (free <= 0) return;
    const Eigen::MatrixXd inverse = (j.transpose() * j).completeOrthogonalDecomposition().pseudoInverse();
    const double variance = r.squaredNorm() / static_cast<double>(free);
    for (std::size_t k = 0; k < parameters_.size(); ++k) {
      const auto i = static_cast<Eigen::Index>(k);
      parameters_[k].standard_error = std::sqrt(std::max(0.0, variance * inverse(i, i)));
    }
  }

  std::vector<FitParameter>& parameters_;
  const Differences& differences_;
  const std::function<bool()>& go_on_;
  FitSummary summary_;
};

}  // namespace

FitSummary least_squares(std::vector<FitParameter>& parameters, const Differences& differences,
                         const std::function<bool()>& go_on) {
  return Search(parameters, differences, go_on).run();
}

}  // namespace blkpath
