// CPU kernels of BilateralForms and its gradient. They check their inputs and
// call the lattice.
#include "bilateral_forms.h"
#include "cpu_support.h"

namespace rloss {
namespace {

template <typename Real>
class BilateralFormsCpu : public OpKernel {
 public:
  explicit BilateralFormsCpu(OpKernelConstruction* context)
      : OpKernel(context) {
    OP_REQUIRES_OK(context, GetSettings(context, &settings_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& values = context->input(0);
    const Tensor& image = context->input(1);
    const Tensor& region = context->input(2);
    OP_REQUIRES_OK(context, CheckForms(settings_, values.shape(),
                                       image.shape(), region.shape()));
    Tensor* outputs[5];
    for (int i = 0; i < 5; ++i) {
      OP_REQUIRES_OK(context,
                     AllocateOutput(context, i,
                                    FormsOutputShape(values.shape(), i),
                                    &outputs[i]));
    }
    const BatchImages<Real> pixels{
        image.flat<Real>().data(),
        GridOf(image.shape().dim_sizes(),
               settings_.Sigma(image.dim_size(image.dims() - 1)).data())};
    const BatchShape shape =
        FormsBatchShape(values.shape().dim_sizes(), pixels.grid.dim(),
                        settings_.equalized);
    if (shape.points == 0) {
      for (Tensor* sums : outputs) sums->flat<Real>().setZero();
      return;
    }
    const BatchError error = FormsBatch<Real>(
        values.flat<Real>().data(), pixels,
        region.NumElements() > 0 ? region.flat<Real>().data() : nullptr,
        shape, ThreadsOf(context), &pool_,
        {outputs[0]->flat<Real>().data(), outputs[1]->flat<Real>().data(),
         outputs[2]->flat<Real>().data(), outputs[3]->flat<Real>().data(),
         outputs[4]->flat<Real>().data()});
    OP_REQUIRES_OK(context, DescribePixel(error, pixels, shape.points));
  }

 private:
  BilateralSettings settings_;
  Pool<FilterScratch<Real>> pool_;
};

template <typename Real>
class BilateralFormsGradientCpu : public OpKernel {
 public:
  using OpKernel::OpKernel;

  void Compute(OpKernelContext* context) override {
    const Tensor& filtered = context->input(0);
    const Tensor& degrees = context->input(1);
    const Tensor& within = context->input(2);
    const Tensor& degree = context->input(3);
    OP_REQUIRES_OK(context,
                   CheckFormsGradient(filtered.shape(), degrees.shape(),
                                      within.shape(), degree.shape()));
    Tensor* gradient = nullptr;
    // The output overwrites `filtered` if nobody else needs it, as in a graph.
    // Fresh memory would take more time than the sums.
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output(
                                {0}, 0, filtered.shape(), &gradient));
    if (filtered.NumElements() == 0) return;
    MixFormsBatch<Real>(
        {filtered.flat<Real>().data(), degrees.flat<Real>().data(),
         within.flat<Real>().data(), degree.flat<Real>().data()},
        FormsBatchShape(filtered.shape().dim_sizes()),
        ThreadsOf(context), gradient->flat<Real>().data());
  }
};

RLOSS_REGISTER_REALS("BilateralForms", tensorflow::DEVICE_CPU, "T",
                     BilateralFormsCpu);
RLOSS_REGISTER_REALS("BilateralFormsGradient", tensorflow::DEVICE_CPU, "T",
                     BilateralFormsGradientCpu);

}  // namespace
}  // namespace rloss
