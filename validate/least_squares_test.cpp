#include "validate/least_squares.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace blkpath {
namespace {

// y = a + b x at 0, 1, 2, 3 with 1, 3, 5.1, 6.9: b = 1.98, a = 1.03 by hand.
std::vector<double> line(std::span<const double> p) {
  const double y[] = {1, 3, 5.1, 6.9};
  std::vector<double> d;
  for (int x = 0; x < 4; ++x) d.push_back(p[0] + p[1] * x - y[x]);
  return d;
}

TEST(LeastSquares, FindsALineAndHowSureItIs) {
  std::vector<FitParameter> p{{"a", 0, 1e-3, -10, 10}, {"b", 0, 1e-3, -10, 10}};
  const FitSummary summary = least_squares(p, line);
  EXPECT_NEAR(p[0].value, 1.03, 1e-4);
  EXPECT_NEAR(p[1].value, 1.98, 1e-4);
  EXPECT_LT(summary.after, summary.before);
  // Residuals 0.03, 0.01, -0.11, 0.07: sum of squares 0.018, variance 0.009; of b divided by 5, of a by 10/7.
  EXPECT_NEAR(p[1].standard_error, std::sqrt(0.009 / 5), 1e-4);
  EXPECT_NEAR(p[0].standard_error, std::sqrt(0.009 * 0.7), 1e-4);
}

TEST(LeastSquares, ABoundHolds) {
  std::vector<FitParameter> p{{"a", 0, 1e-3, -10, 10}, {"b", 0, 1e-3, -10, 1.5}};
  least_squares(p, line);
  EXPECT_DOUBLE_EQ(p[1].value, 1.5);
  EXPECT_NEAR(p[0].value, 4 - 1.5 * 1.5, 1e-3);  // the mean of y less 1.5 times that of x
}

TEST(LeastSquares, FindsItsWayThroughACurvedValley) {  // Rosenbrock's: the minimum is at 1, 1
  std::vector<FitParameter> p{{"x", -1.2, 1e-5, -10, 10}, {"y", 1, 1e-5, -10, 10}};
  least_squares(p, [](std::span<const double> v) {
    return std::vector<double>{10 * (v[1] - v[0] * v[0]), 1 - v[0]};
  });
  EXPECT_NEAR(p[0].value, 1, 1e-2);
  EXPECT_NEAR(p[1].value, 1, 2e-2);
}

TEST(LeastSquares, WhatDoesNotMatterStaysAndIsSaidSo) {
  std::vector<FitParameter> p{{"a", 0, 1e-3, -10, 10}, {"nothing", 7, 1e-3, -10, 10}};
  least_squares(p, [](std::span<const double> v) {
    return std::vector<double>{v[0] - 2, v[0] - 4, v[0] - 3};
  });
  EXPECT_NEAR(p[0].value, 3, 1e-6);
  EXPECT_EQ(p[1].value, 7);
  EXPECT_TRUE(p[0].matters);
  EXPECT_FALSE(p[1].matters);
}

TEST(LeastSquares, WithoutParametersTheDifferencesAreMeasured) {
  std::vector<FitParameter> none;
  const FitSummary summary = least_squares(none, [](std::span<const double>) {
    return std::vector<double>{3.0, -3.0};
  });
  EXPECT_EQ(summary.before, 3);
  EXPECT_EQ(summary.after, 3);
}

TEST(LeastSquares, StopsWhenItIsTold) {
  std::vector<FitParameter> p{{"a", 0, 1e-3, -10, 10}, {"b", 0, 1e-3, -10, 10}};
  EXPECT_TRUE(least_squares(p, line, [] { return false; }).stopped);
  EXPECT_EQ(p[0].value, 0);
}

}  // namespace
}  // namespace blkpath
