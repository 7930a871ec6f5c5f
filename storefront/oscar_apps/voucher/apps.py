from oscar.apps.voucher import apps


class VoucherConfig(apps.VoucherConfig):
    name = "storefront.oscar_apps.voucher"
