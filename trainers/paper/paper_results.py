"""The paper's figures: mIoU in % on PASCAL VOC 2012 val, unless noted.

Tang et al., On Regularized Losses for Weakly-supervised CNN Segmentation, ECCV 2018.
None of these numbers is ours, and none was measured with this package.
"""

TABLE1_COLUMNS = ("pCE", "NC", "CRF", "KernelCut", "full masks")
TABLE1 = {
    "DeepLab-MSc-largeFOV": (56.0, 60.5, 63.1, 63.5, 64.1),
    "DeepLab-MSc-largeFOV + CRF": (62.0, 65.1, 65.9, 66.7, 68.7),
    "DeepLab-VGG16": (60.4, 62.4, 64.4, 64.8, 68.8),
    "DeepLab-VGG16 + CRF": (64.3, 65.2, 66.4, 66.7, 71.5),
    "DeepLab-ResNet101": (69.5, 72.8, 72.9, 73.0, 75.6),
    "DeepLab-ResNet101 + CRF": (72.8, 74.5, 75.0, 75.0, 76.8),
}

TABLE2_COLUMNS = (
    "GrabCut (once)",
    "ScribbleSup (iterative)",
    "DenseCRF-ADM (online)",
    "DenseCRF-ADM as the authors ran it",
    "DenseCRF-GD",
    "full masks",
)
# The paper has one column for ADM. Its text describes the first, the authors' code runs
# the second.
TABLE2 = {
    "DeepLab-MSc-largeFOV": (55.5, None, 61.3, None, 63.1, 64.1),
    "DeepLab-MSc-largeFOV + CRF": (59.7, 63.1, 65.4, None, 65.9, 68.7),
    "DeepLab-VGG16": (59.0, None, 63.4, None, 64.4, 68.8),
    "DeepLab-ResNet101": (63.9, None, 72.5, None, 72.9, 75.6),
}

TABLE3_COLUMNS = (
    "seed + expand",
    "+ constrain",
    "+ constrain, no back-propagation",
    "+ CRF loss",
)
# The text of the paper does not say which of the two constrain columns is which; both
# take the same time, and score 43.7 and 43.8.
TABLE3 = {
    "mIoU (%)": (38.4, 43.7, 43.8, 43.9),
    "time (s/batch)": (0.86, 1.19, 1.19, 0.98),
    "time of the layer (s/batch)": (None, 0.33, 0.33, 0.12),
}

TABLE4_COLUMNS = (
    "pCE",
    "pCE, CRF after it",
    "pCE, CRF trained with it",
    "pCE + CRF loss",
    "pCE + CRF loss, CRF after it",
)
TABLE4 = {"DeepLab-VGG16": (60.4, 64.3, 64.8, 64.4, 66.4)}

TABLE5_COLUMNS = ("mIoU (%)", "cross entropy", "NC loss")
TABLE5 = {
    "NC weight 0": (89.85, 0.106, 0.536),
    "NC weight 0.1": (89.38, 0.110, 0.517),
    "NC weight 0.2": (89.39, 0.112, 0.509),
    "NC weight 0.5": (88.75, 0.125, 0.485),
}

FIGURE5_NOTE = (
    "The paper's Figure 5 plots 50 to 70 % mIoU over the length ratio, without numbers."
)
SEMI_NOTE = (
    "Paper (DeepLab-LargeFOV): +0.7 to +1.5 points over 3K to 11K labelled images; "
    "63.5 % to 64.3 % for 11K labelled and 10K unlabelled images."
)
