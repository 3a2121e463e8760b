// Which class a network takes for which. Host only.
#pragma once

#include <string>
#include <vector>

namespace linnet::study {

class ConfusionMatrix {
 public:
  // REQUIRES: classes >= 1.
  explicit ConfusionMatrix(int classes);
  // An image of class `truth` that was answered with `answer`. REQUIRES: both within 0..classes-1.
  void Add(int truth, int answer);

  int classes() const { return classes_; }
  int count(int truth, int answer) const { return counts_.at(static_cast<size_t>(truth * classes_ + answer)); }
  int total() const;
  int right() const;
  // Share of the images of a class that were answered right; 0 where there are none.
  double Recall(int truth) const;

  // A row a truth, a column an answer, zeros as dots, the recall behind.
  std::string Text() const;
  // The same as a picture of shaded cells.
  std::string Svg(const std::string& title) const;

 private:
  int classes_;
  std::vector<int> counts_;
};

}  // namespace linnet::study
