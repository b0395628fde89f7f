# An image with the programs: docker build -t tf_rloss .
#
#   docker run --rm -v "$PWD/my_data:/data" -v "$PWD/runs:/runs" tf_rloss \
#       tf-rloss-scribble --dataset=folder --data_dir=/data --output_dir=/runs/mine
FROM python:3.12-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
# The library is built against this TensorFlow, which the next stage gets as well.
RUN python -m pip install --no-cache-dir "setuptools>=70.1" \
    && cd /src && python -m pip install --no-cache-dir \
        "$(python -m build_tools.find_tensorflow)" \
    && python -m pip wheel --no-cache-dir --no-build-isolation --no-deps -w /wheels .

FROM python:3.12-slim-bookworm
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir \
        "$(ls /wheels/tf_rloss-*.whl)[pretrained,proposals,onnx]" \
    && rm -rf /wheels && useradd --create-home user
USER user
WORKDIR /home/user
ENV TF_CPP_MIN_LOG_LEVEL=2
CMD ["tf-rloss-scribble", "--help"]
